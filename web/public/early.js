// Runs before the first paint, so that a dark screen does not flash white.
// A file of its own because the content security policy allows no inline script.
(() => {
  const root = document.documentElement;
  let scheme = "auto";
  try {
    scheme = localStorage.getItem("forewarn.scheme") || "auto";
  } catch {
    // Storage can be forbidden; the system's own scheme is used then.
  }
  if (scheme !== "dark" && scheme !== "light") {
    scheme = matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
  }
  root.setAttribute("data-mantine-color-scheme", scheme);
})();
