// Numbers and times as people read them; the exact ones go into titles.

const compact = new Intl.NumberFormat("en", { notation: "compact", maximumSignificantDigits: 3 });
const plain = new Intl.NumberFormat("en", { maximumFractionDigits: 6 });
const percent = new Intl.NumberFormat("en", {
  style: "percent",
  minimumFractionDigits: 1,
  maximumFractionDigits: 1,
});
const usd = (options) => new Intl.NumberFormat("en", { style: "currency", currency: "USD", ...options });
const cents = usd({});
const thousands = usd({ notation: "compact", maximumSignificantDigits: 3 });
const fractions = usd({ maximumSignificantDigits: 2, minimumFractionDigits: 2, maximumFractionDigits: 8 });
const exactly = usd({ maximumFractionDigits: 9 });

export const count = (value) => (value < 10_000 ? plain.format(Math.round(value)) : compact.format(value));

export const exact = (value) => plain.format(value);

export function money(value) {
  if (value === null) return "unknown";
  if (value === 0 || (value >= 0.1 && value < 10_000)) return cents.format(value);
  return (value < 0.1 ? fractions : thousands).format(value);
}

export const exactMoney = (value) => (value === null ? "no price is known" : exactly.format(value));

export const share = (part, whole) => (whole ? percent.format(part / whole) : "–");

export function duration(ms) {
  if (ms === null || ms === undefined) return "–";
  if (ms < 999.5) return `${ms < 9.95 ? ms.toFixed(1) : Math.round(ms)} ms`;
  if (ms < 99_950) return `${(ms / 1000).toFixed(ms < 9995 ? 2 : 1)} s`;
  return `${(ms / 60_000).toFixed(1)} min`;
}

export const exactDuration = (ms) =>
  ms === null || ms === undefined ? "not reported" : `${plain.format(ms)} ms`;

// The interface writes times with the zone's own offset: what stands before it is the wall clock there.
export function wallClock(iso, options) {
  const wall = new Date(`${iso.slice(0, 19)}Z`);
  return new Intl.DateTimeFormat("en-GB", { timeZone: "UTC", ...options }).format(wall);
}

export const DATE = { day: "numeric", month: "short" };
export const MONTH = { month: "short", year: "numeric" };
export const CLOCK = { hour: "2-digit", minute: "2-digit" };
export const MOMENT = { ...DATE, ...CLOCK };
export const MOMENT_EXACT = { ...MOMENT, second: "2-digit" };

// For a time in UTC without an offset, as the explanation of a trace has it.
export function inZone(naive, zone) {
  const options = { ...MOMENT_EXACT, fractionalSecondDigits: 3, timeZone: zone };
  return new Intl.DateTimeFormat("en-GB", options).format(new Date(`${naive}Z`));
}
