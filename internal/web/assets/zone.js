// Tells the server in which zone the clock of this machine is: pages show times
// in it from the next one on.
const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
if (zone && !document.cookie.split("; ").includes(`vigie_here=${zone}`)) {
	document.cookie = `vigie_here=${zone}; path=/; max-age=34560000; samesite=lax${location.protocol === "https:" ? "; secure" : ""}`;
}
