// Ranges of time: from a name in the address to the bounds and the interval that the interface is asked with.

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

export const RANGES = {
  "24h": { label: "24 h", hours: 24 },
  "7d": { label: "7 days", days: 7 },
  "30d": { label: "30 days", days: 30 },
  "90d": { label: "90 days", days: 90 },
  "1y": { label: "1 year", days: 365 },
  custom: { label: "Custom" },
};

// The interval of a range is the first whose days reach; more than a hundred bars are no longer read.
const INTERVALS = [
  [2, "hour"],
  [92, "day"],
  [500, "week"],
  [Infinity, "month"],
];

// `now`, `previous` and `previous.label` hold the stretch of the same length and weekdays before it.
export function boundsOf(view, now = new Date()) {
  if (view.range === "custom") return customBounds(view);
  const { hours, days } = RANGES[view.range];
  if (hours) return lastHours(hours, now);
  const first = plusDays(dateIn(view.tz, now), 1 - days);
  return {
    start: first,
    end: now.toISOString(),
    interval: intervalOf(days),
    previous: { start: plusDays(first, -days), end: new Date(now - days * DAY).toISOString() },
    length: `${days} days`,
  };
}

// Today's date in the zone: a date without an offset is a day of the zone for the interface too.
export function dateIn(zone, moment) {
  return new Intl.DateTimeFormat("en-CA", { timeZone: zone, dateStyle: "short" }).format(moment);
}

export function plusDays(date, days) {
  return new Date(Date.parse(`${date}T00:00:00Z`) + days * DAY).toISOString().slice(0, 10);
}

function lastHours(hours, now) {
  const start = Math.floor(now / HOUR) * HOUR - (hours - 1) * HOUR;
  const shifted = (moment) => new Date(moment - hours * HOUR).toISOString();
  return {
    start: new Date(start).toISOString(),
    end: now.toISOString(),
    interval: "hour",
    previous: { start: shifted(start), end: shifted(now) },
    length: `${hours} hours`,
  };
}

function customBounds({ from, to }) {
  const end = plusDays(to, 1);
  const days = Math.round((Date.parse(end) - Date.parse(from)) / DAY);
  const previous = { start: plusDays(from, -days), end: from };
  return {
    start: from,
    end,
    interval: intervalOf(days),
    previous,
    length: days === 1 ? "day" : `${days} days`,
  };
}

function intervalOf(days) {
  return INTERVALS.find(([longest]) => days <= longest)[1];
}
