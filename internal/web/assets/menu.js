// Menus are <details class="v-menu">: they close on Escape, on a click
// elsewhere, and when another opens.
document.addEventListener("click", (e) => {
	for (const menu of document.querySelectorAll("details.v-menu[open]")) {
		if (!menu.contains(e.target)) menu.open = false;
	}
});
document.addEventListener("keydown", (e) => {
	if (e.key !== "Escape") return;
	const menu = e.target.closest?.("details.v-menu[open]");
	if (menu) {
		menu.open = false;
		menu.querySelector("summary").focus();
	}
});

// On a narrow screen the navigation folds.
const nav = document.querySelector(".v-nav > details");
if (nav) {
	const narrow = matchMedia("(max-width: 48rem)");
	const fold = () => { nav.open = !narrow.matches; };
	fold();
	narrow.addEventListener("change", fold);
}
