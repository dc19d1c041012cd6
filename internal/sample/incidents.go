package sample

import (
	"fmt"

	"vigie.example/internal/register/catalog"
)

// An episode is one incident of the year.
type episode struct {
	id, title, entity     string
	day, hour             int
	severity              string
	crisis                bool
	assets                []string
	origin, cause         string
	impact                [4]int
	analysis, action, who string
	closed                int // days after; 0 while it is open
	encryption            bool
}

var episodes = []episode{
	{"incident-hameconnage", "Hameçonnage : trois identifiants donnés", "fr", -259, 9, "minor", false, []string{"app-messagerie"}, "external", "Faux message de la messagerie", [4]int{0, 1, 1, 1},
		"Trois personnes ont donné leur mot de passe ; aucun usage constaté.", "Ajouter un second facteur à l’accès distant", netLead, 9, false},
	{"incident-coupure", "Coupure électrique au siège", "fr", -161, 7, "minor", false, []string{"app-intranet", "srv-fichiers-1"}, "supplier", "Travaux sur le réseau public", [4]int{2, 0, 0, 0},
		"L’onduleur a tenu vingt minutes ; l’arrêt propre a fonctionné.", "Essayer l’arrêt automatique deux fois par an", sysLead, 8, false},
	{"incident-rancongiciel", "Rançongiciel sur un poste du support", "fr", -152, 8, "critical", true, []string{"pc-093", "app-fichiers", "app-demandes", "data-contrats-des-clients"},
		"external", "Pièce jointe ouverte, droits trop larges sur un partage", [4]int{3, 3, 2, 2},
		"Un poste chiffré, un partage atteint ; restauré de la veille en sept heures. Le partage était ouvert à tout le support.", "Revoir les droits des partages et cloisonner le support", sysLead, 21, false},
	{"incident-portable", "Ordinateur portable oublié dans un train", "fr", lostOn, 19, "minor", false, []string{lostLaptop}, "internal", "Oubli pendant un déplacement", [4]int{1, 0, 1, 0},
		"Disque chiffré, session verrouillée, effacement à distance demandé : aucune donnée exposée. Rendu douze jours plus tard, et réinstallé.", "", "", 13, false},
	{"incident-cle", "Clé de signature publiée dans un dépôt ouvert", "fr", -96, 15, "major", true, []string{"data-cles-de-signature-des-livraisons", "app-forge"},
		"internal", "Fichier de configuration ajouté par erreur", [4]int{1, 3, 3, 2},
		"La clé est restée lisible quatre heures. Révoquée et remplacée en vingt heures ; aucune livraison signée par un tiers.", "Refuser dans la forge les fichiers qui contiennent une clé", devLead, 24, false},
	{"incident-chiffrement", "Chiffrement désactivé sur un poste", "fr", clearedOn, 11, "minor", false, []string{clearLaptop}, "internal", "Mise à jour du micrologiciel", [4]int{0, 0, 1, 0},
		"Le chiffrement a été suspendu par la mise à jour et n’est pas revenu seul.", "Vérifier le chiffrement après chaque mise à jour de micrologiciel", deskLead, 6, true},
	{"incident-envoi", "Bulletins envoyés au mauvais client", "fr", -67, 16, "major", false, []string{"data-bulletins-des-clients", "app-paie"}, "internal", "Adresse choisie dans une liste", [4]int{0, 0, 3, 1},
		"Quatre bulletins lus par un destinataire, qui atteste de leur suppression. Notifié à l’autorité dans les trois jours.", "Demander une confirmation avant tout envoi à un nouveau destinataire", payrollDev, 15, false},
	{"incident-mtl", "Comptes de Montréal bloqués par essais répétés", "ca", -33, 13, "minor", false, []string{"app-annuaire"}, "external", "Essais automatiques contre l’accès distant", [4]int{1, 0, 0, 0},
		"Vingt comptes bloqués une heure ; aucune connexion réussie.", "", "", 7, false},
	{"incident-lenteur", "Lenteurs inexpliquées du portail des clients", "fr", -4, 10, "minor", false, []string{"app-portail"}, "", "", [4]int{}, "", "", "", 0, false},
}

// incidents: the committee is told aloud within the hour, decides, and owners
// of confidential assets hear of it the same day.
func (c *company) incidents() {
	for n, e := range episodes {
		c.declares(n, e)
		if e.closed != 0 {
			c.closes(e)
		}
	}
	for _, entity := range []string{"fr", "be", "ca"} { // where anybody reports one
		c.sense(&sensor{register: catalog.ReportPage, id: "signaler-" + entity, about: []string{entity}, from: -266, actor: "sonde:services", first: values{"url": "https://signaler." + entity + ".interne." + domain, "entity": entity},
			each: func(now int64) values {
				return values{"checked_at": now - 1200, "answers": true, "asks_account": false}
			}})
	}
}

// declares reports an incident and says who was told, and what was decided.
func (c *company) declares(n int, e episode) {
	member := []string{ciso, director, hr}[n%3]
	reporter := address(c.member("support", n%5).id)
	c.put(at(e.day, e.hour, 5), reporter, catalog.Incident, e.id, values{"title": e.title, "entity": e.entity, "detected_at": at(e.day, e.hour, 0), "encryption_failure": e.encryption})
	for i, id := range e.assets {
		c.put(at(e.day, e.hour, 6), reporter, catalog.IncidentAsset, fmt.Sprintf("%s-%d", e.id, i+1), values{"incident": e.id, "asset": id})
	}
	c.put(at(e.day, e.hour, 20), address(ciso), catalog.IncidentNotice, e.id+"-portail", values{"incident": e.id, "member": member, "channel": "portal", "told_at": at(e.day, e.hour, 5)})
	c.put(at(e.day, e.hour, 21), address(ciso), catalog.IncidentNotice, e.id+"-appel", values{"incident": e.id, "member": member, "channel": []string{"phone", "oral"}[n%2],
		"told_at": at(e.day, e.hour, 18)})
	decided := values{"severity": e.severity, "crisis": e.crisis, "crisis_decided_at": at(e.day, e.hour+1, 40), "first_action_at": at(e.day, e.hour, 35)}
	if e.crisis {
		decided["communication_plan"] = "Interne : message du directeur à midi. Clients : page d’état, puis appel des trois clients concernés. Presse : réponse préparée."
		decided["remediation_plan"] = "Isoler, conserver les preuves, restaurer depuis la veille, changer les secrets, rendre compte chaque soir au comité."
	}
	c.put(at(e.day, e.hour+1, 45), address(member), catalog.Incident, e.id, decided)
	for i, id := range e.assets {
		if a := c.find(id); a.level.c >= 3 {
			c.put(at(e.day, e.hour+3, 0), address(ciso), catalog.IncidentAsset, fmt.Sprintf("%s-%d", e.id, i+1), values{"owner_informed_at": at(e.day, e.hour+2, 50),
				"informed_of": "Circonstances, données concernées, mesures prises et plan des jours suivants."})
		}
	}
}

// closes says what was learnt, and what will be done.
func (c *company) closes(e episode) {
	c.put(at(e.day+1, 18, 0), address(sysLead), catalog.Incident, e.id, values{"contained_at": at(e.day, e.hour+6, 0)})
	end := e.day + e.closed
	v := values{"origin": e.origin, "cause": e.cause, "impact_d": e.impact[0], "impact_i": e.impact[1], "impact_c": e.impact[2], "impact_t": e.impact[3], "analysis": e.analysis,
		"closed_at": at(end, 17, 0)}
	if e.action == "" {
		v["no_action_reason"] = "Les mesures en place ont suffi"
	} else {
		id := "action-" + e.id
		c.put(at(end, 16, 0), address(ciso), catalog.Action, id, values{"title": e.action, "entity": e.entity, "owner": e.who, "due_on": on(end + 60), "progress": 0, "incident": e.id})
		if end+50 < 0 {
			c.put(at(end+50, 15, 0), address(e.who), catalog.Action, id, values{"progress": 100, "done_on": on(end + 50)})
		}
	}
	c.put(at(end, 17, 0), address(ciso), catalog.Incident, e.id, v)
}
