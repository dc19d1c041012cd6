// Runs before the page is drawn: a person who chose no theme gets that of the
// machine, and follows it.
const root = document.documentElement;
const dark = matchMedia("(prefers-color-scheme: dark)");
function apply() {
	const chosen = root.dataset.theme;
	root.dataset.bsTheme = chosen === "light" || chosen === "dark" ? chosen : dark.matches ? "dark" : "light";
}
apply();
dark.addEventListener("change", apply);
