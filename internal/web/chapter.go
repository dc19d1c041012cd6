package web

import vigie "vigie.example"

// A chapter of the policy; its id is what policy.Rule.Chapter returns.
type chapter struct {
	id    string
	title vigie.Text
}

// chapters are those of the policy, in its order.
var chapters = []chapter{
	{"0", vigie.Text{FR: "Éditions et confidentialité", EN: "Editions and confidentiality"}},
	{"3", vigie.Text{FR: "Données de production et de test", EN: "Production and test data"}},
	{"4", vigie.Text{FR: "Périmètre", EN: "Perimeter"}},
	{"6", vigie.Text{FR: "Besoins de sécurité (DICT)", EN: "Security needs (DICT)"}},
	{"7", vigie.Text{FR: "Rôles", EN: "Roles"}},
	{"8", vigie.Text{FR: "Gestion de crise", EN: "Crisis management"}},
	{"9.1", vigie.Text{FR: "Politique de sécurité", EN: "Security policy"}},
	{"9.2", vigie.Text{FR: "Biens", EN: "Assets"}},
	{"9.3", vigie.Text{FR: "Personnes", EN: "People"}},
	{"9.4", vigie.Text{FR: "Sites et locaux", EN: "Sites and rooms"}},
	{"9.5", vigie.Text{FR: "Équipements et papier", EN: "Equipment and paper"}},
	{"9.6", vigie.Text{FR: "Procédures d’exploitation", EN: "Operating procedures"}},
	{"9.7", vigie.Text{FR: "Exploitation", EN: "Operations"}},
	{"9.8", vigie.Text{FR: "Malveillance", EN: "Malice"}},
	{"9.9", vigie.Text{FR: "Sauvegarde", EN: "Backup"}},
	{"9.10", vigie.Text{FR: "Information et supports", EN: "Information and media"}},
	{"9.11", vigie.Text{FR: "Droits d’accès", EN: "Access rights"}},
	{"9.12", vigie.Text{FR: "Cycle de vie", EN: "Life cycle"}},
	{"9.13", vigie.Text{FR: "Incidents", EN: "Incidents"}},
	{"9.14", vigie.Text{FR: "Continuité", EN: "Continuity"}},
	{"9.15", vigie.Text{FR: "Conformité", EN: "Compliance"}},
	{"9.16", vigie.Text{FR: "Données personnelles", EN: "Personal data"}},
	{"9.17", vigie.Text{FR: "Cryptographie", EN: "Cryptography"}},
}

// chapterTitle returns the title of a chapter; its id when it has none here,
// which happens to a company's own chapters.
func chapterTitle(id string) vigie.Text {
	for _, c := range chapters {
		if c.id == id {
			return c.title
		}
	}
	return vigie.Text{FR: id, EN: id}
}
