// A list of choices that follows what is typed in a field: arrows move, Enter
// chooses, Escape closes. The field keeps the focus (ARIA combobox pattern).
//
// fetchHTML(text) gives the <li role="option"> elements; choose(li) acts.
export function options(input, list, fetchHTML, choose, opensEmpty) {
	let at = -1;
	let asked = 0;
	let timer;
	const items = () => [...list.querySelectorAll("[role=option]")];
	function show(open) {
		list.hidden = !open;
		input.setAttribute("aria-expanded", String(open));
		if (!open) {
			at = -1;
			input.removeAttribute("aria-activedescendant");
		}
	}
	function mark(i) {
		const all = items();
		if (all.length === 0) return;
		at = (i + all.length) % all.length;
		all.forEach((li, n) => li.setAttribute("aria-selected", String(n === at)));
		input.setAttribute("aria-activedescendant", all[at].id);
		all[at].scrollIntoView({ block: "nearest" });
	}
	async function ask(first) {
		const mine = ++asked;
		const text = input.value.trim();
		if (text === "" && !opensEmpty) {
			list.innerHTML = "";
			show(false);
			return;
		}
		let html;
		try {
			html = await fetchHTML(text);
		} catch {
			return; // the network is away: the field still takes what is typed
		}
		if (mine !== asked || document.activeElement !== input) return;
		list.innerHTML = html;
		show(list.childElementCount > 0);
		if (first) mark(0);
	}
	input.addEventListener("input", () => {
		clearTimeout(timer);
		timer = setTimeout(() => ask(true), 120);
	});
	input.addEventListener("keydown", (e) => {
		switch (e.key) {
		case "ArrowDown":
			e.preventDefault();
			if (list.hidden) ask(true);
			else mark(at + 1);
			break;
		case "ArrowUp":
			e.preventDefault();
			if (!list.hidden) mark(at - 1);
			break;
		case "Enter": {
			const li = items()[at];
			if (!list.hidden && li) {
				e.preventDefault();
				show(false);
				choose(li);
			}
			break;
		}
		case "Escape":
			if (!list.hidden) {
				e.stopPropagation();
				e.preventDefault();
				show(false);
			}
			break;
		case "Tab":
			show(false);
			break;
		}
	});
	input.addEventListener("blur", () => setTimeout(() => show(false), 150));
	list.addEventListener("mousedown", (e) => e.preventDefault()); // the field keeps the focus
	list.addEventListener("click", (e) => {
		const li = e.target.closest("[role=option]");
		if (li) {
			show(false);
			choose(li, e);
		}
	});
	return { ask, show };
}

// text returns the body of a page of ours, or throws.
export async function text(url) {
	const res = await fetch(url, { headers: { "HX-Request": "true" } });
	if (!res.ok || res.redirected) throw new Error(res.statusText);
	return res.text();
}
