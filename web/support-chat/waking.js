// Notices that the page is there again: looked at, unfrozen, back from the browser's cache or on the
// network; or that the machine slept, which no event tells of. Then its timers stood still, also
// those that find a dead line, and its clock did not.

const LOOK_MS = 5_000;
const SLEPT_MS = 10_000;

// wake: called each time, until the signal is aborted.
export function watchForWaking(wake, signal) {
  for (const event of ["visibilitychange", "resume"]) document.addEventListener(event, wake, { signal });
  addEventListener("online", wake, { signal });
  addEventListener("pageshow", ({ persisted }) => persisted && wake(), { signal });
  let looked = Date.now();
  const timer = setInterval(() => {
    const hasSlept = Date.now() - looked > LOOK_MS + SLEPT_MS;
    looked = Date.now();
    if (hasSlept) wake();
  }, LOOK_MS);
  signal.addEventListener("abort", () => clearInterval(timer));
}
