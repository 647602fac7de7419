"""Own and negotiated prices, from a file."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest

from harness.markdown import Document
from harness.price_rows import book_with, cost
from harness.repository import ROOT
from tokenlake_collector.errors import StartupError
from tokenlake_collector.prices import OwnPrices

MILLION = 1_000_000


@pytest.fixture
def example() -> str:
    """The price file that docs/prices.md shows."""
    (text,) = [
        block.text for block in Document.read(ROOT / "docs" / "prices.md").blocks if block.language == "toml"
    ]
    return text


def test_the_example_of_the_documents(example: str, tmp_path: Path) -> None:
    """Every entry of it applies: own price, free at home, 90 % of 1.25, 110 % of 1.25."""
    book = book_with(tmp_path, example)

    assert 0.4 == cost(book, model="acme-large", input_tokens=MILLION)
    assert 0.0 == cost(book, provider="vllm", model="llama-7", input_tokens=MILLION)
    assert 1.125 == cost(book, provider="azure.ai.openai", model="gpt-5", input_tokens=MILLION)
    assert 1.375 == cost(book, model="our-chat-eu", input_tokens=MILLION)


@pytest.mark.parametrize(
    ("moment", "expected"),
    [
        (datetime(2026, 6, 30, 23, 59, 59, 999_999), 0.5),
        (datetime(2026, 7, 1), 0.425),
        (datetime(2026, 12, 31, 23, 59, 59), 0.425),
        (datetime(2027, 1, 1), 0.5),
    ],
)
def test_a_discount_for_half_a_year(example: str, tmp_path: Path, moment: datetime, expected: float) -> None:
    """claude-opus-4-5 costs 5: 100,000 tokens are 0.50 USD, and 85 % of it from July to December."""
    book = book_with(tmp_path, example)

    assert expected == cost(
        book, provider="anthropic", model="claude-opus-4-5", timestamp=moment, input_tokens=100_000
    )


def test_a_discount_on_single_components(example: str, tmp_path: Path) -> None:
    """gpt-5 at Azure: 500 x 1.25 x 0.9 + 500 x 0.125 x 0.5 + 100 x 10, the output as listed."""
    book = book_with(tmp_path, example)

    assert 0.00159375 == cost(
        book,
        provider="azure.ai.openai",
        model="gpt-5",
        input_tokens=1_000,
        cache_read_tokens=500,
        output_tokens=100,
    )


def test_a_discount_keeps_the_tiers_of_the_list(tmp_path: Path) -> None:
    """Half of gemini-2.5-pro above 200,000 tokens: 200,001 x 2.5 / 2."""
    book = book_with(tmp_path, '[[price]]\nmodel = "gemini-2.5-pro"\nfactor = 0.5')

    assert 0.25000125 == cost(book, provider="gcp.gemini", model="gemini-2.5-pro", input_tokens=200_001)


def test_own_prices_beat_the_list(tmp_path: Path) -> None:
    """gpt-5 for 7 instead of 1.25; without a price of its own, cached input is paid as input."""
    book = book_with(tmp_path, '[[price]]\nmodel = "gpt-5"\ninput = 7\noutput = 0')

    assert 7.0 == cost(
        book, provider="openai", model="gpt-5", input_tokens=MILLION, cache_read_tokens=MILLION // 2
    )


def test_own_prices_of_cached_tokens(tmp_path: Path) -> None:
    """600 x 2 + 300 x 0.2 + 100 x 2.5, and 1,000 x 8."""
    book = book_with(
        tmp_path,
        '[[price]]\nmodel = "mine"\ninput = 2\noutput = 8\ncache_read = 0.2\ncache_write = 2.5',
    )

    assert 0.00951 == cost(
        book,
        model="mine",
        input_tokens=1_000,
        cache_read_tokens=300,
        cache_creation_tokens=100,
        output_tokens=1_000,
    )


def test_a_price_and_a_factor_in_one_entry(tmp_path: Path) -> None:
    """The price holds for what it names, the factor for the rest: 1,000 x 1 + 1,000 x 10 x 0.5."""
    book = book_with(tmp_path, '[[price]]\nmodel = "gpt-5"\ninput = 1\nfactor = 0.5')

    assert 0.006 == cost(book, provider="openai", model="gpt-5", input_tokens=1_000, output_tokens=1_000)


ENTRY = "[[price]]\n{about}\ninput = {price}\noutput = 0\n"


@pytest.mark.parametrize(
    ("abouts", "expected"),
    [
        (['pattern = "gpt-*"', 'model = "gpt-5"'], 2.0),
        (['pattern = "gpt-*"', 'pattern = "*"'], 1.0),
        (['model = "gpt-5"', 'model = "gpt-5-2025-08-07"'], 2.0),
        (['model = "GPT-5"\nprovider = "azure"', 'model = "gpt-5"\nprovider = "OpenAI"'], 2.0),
        (['model = "gpt-5"\nvalid_to = 2026-01-01', 'model = "gpt-5"'], 2.0),
        (['model = "gpt"', 'pattern = "gpt"'], 1.25),
    ],
)
def test_which_of_several_entries_wins(tmp_path: Path, abouts: list[str], expected: float) -> None:
    """The exact name, then a simpler one, then patterns; then the first; what does not fit is no entry."""
    text = "".join(ENTRY.format(about=about, price=price) for price, about in enumerate(abouts, 1))

    assert expected == cost(
        book_with(tmp_path, text), provider="openai", model="gpt-5-2025-08-07", input_tokens=MILLION
    )


def test_a_price_with_very_many_digits(tmp_path: Path) -> None:
    """A million tokens at 10^-400 USD per million are nothing that a double holds, and no failure."""
    book = book_with(tmp_path, '[[price]]\nmodel = "dust"\ninput = 1e-400\noutput = 3')

    assert [0.0, 3.0] == [
        cost(book, model="dust", input_tokens=tokens, output_tokens=MILLION - tokens)
        for tokens in (MILLION, 0)
    ]


def test_a_factor_of_an_unknown_price_is_unknown(tmp_path: Path) -> None:
    """Half of nothing known is NULL."""
    book = book_with(tmp_path, '[[price]]\nmodel = "mystery"\nfactor = 0.5')

    assert None is cost(book, provider="openai", model="mystery", input_tokens=1_000)


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("[[price]]\nmodel = ", "is not TOML"),
        ("[price]\nmodel = 'a'", "price = {'model': 'a'}: write each entry as [[price]]"),
        ("[[prices]]\nmodel = 'a'", "prices is unknown: write entries as [[price]]"),
        ("[[price]]\ninput = 1\noutput = 1", "entry 1: write either model or pattern"),
        ("[[price]]\nmodel = 'a'\npattern = 'a'\ninput = 1", "entry 1: write either model or pattern"),
        ("[[price]]\nmodel = 'a'\ninput = 1", "entry 1: has no output: write its price"),
        (
            "[[price]]\nmodel = 'a'\ninput = 1\noutput = 1\ncache_write_1h = 1",
            "entry 1: has no cache_write: write its price",
        ),
        ("[[price]]\nmodel = 'a'\ninput = -1\noutput = 1", "entry 1: input = '-1': write a number"),
        ("[[price]]\nmodel = 'a'\ninput = 1e99\noutput = 1", "entry 1: input = '1E+99': write a number"),
        ("[[price]]\nmodel = 'a'\ninput = nan\noutput = 1", "entry 1: input = 'NaN': write a number"),
        ("[[price]]\nmodel = 'a'\ninput = true\noutput = 1", "entry 1: input = 'True': write a number"),
        ("[[price]]\nmodel = 'a'\ninput = '1'\noutput = 1", "entry 1: input = '1': write a number"),
        (
            "[[price]]\nmodel = 'a'\nfactor = '5%'",
            "entry 1: factor = '5%': write a number, neither negative nor absurd, such as 0.85",
        ),
        (
            "[[price]]\nmodel = 'a'\nfactor = {inputs = 1}",
            "entry 1: factor.inputs = '1': is unknown; known are input",
        ),
        ("[[price]]\nmodel = 'a'\ninputs = 1", "entry 1: inputs = '1': is unknown; known are model"),
        ("[[price]]\nmodel = 3\nfactor = 1", "entry 1: model = '3': write a name in quotes"),
        ("[[price]]\nmodel = ''\nfactor = 1", "entry 1: model = '': write a name in quotes"),
        (
            "[[price]]\nmodel = 'a'\nfactor = 1\n[[price]]\nmodel = 'b'\nvalid_from = '2026-01-01'\n",
            "entry 2: valid_from = '2026-01-01': write a date such as 2026-07-01, without quotes",
        ),
        (
            "[[price]]\nmodel = 'a'\nfactor = 1\nvalid_from = 2026-02-01\nvalid_to = 2026-01-01",
            "entry 1: valid_to = '2026-01-01': write a moment after valid_from",
        ),
    ],
)
def test_a_wrong_file_says_what_to_change(tmp_path: Path, text: str, complaint: str) -> None:
    """Each message names the file, the entry, the key, the value and the remedy."""
    with pytest.raises(StartupError) as caught:
        book_with(tmp_path, text)

    assert str(caught.value).startswith(f"{tmp_path / 'prices.toml'}: {complaint}")


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    """The message names it and the option."""
    with pytest.raises(StartupError, match=r"none.toml: cannot be read .*--prices"):
        OwnPrices.read(tmp_path / "none.toml")
