package sample

import (
	"fmt"

	"vigie.example/internal/register/catalog"
)

// decisions of the committee: what is accepted for a time, with what makes up
// for it, and the rule that does not apply.
func (c *company) decisions() {
	for _, r := range []struct {
		id, title, asset, subject string
		day                       int
	}{
		{"analyse-badges", "Serveur de badges hors support, isolé jusqu’à son remplacement", "srv-badges-1", "obsolescence", -101},
		{"analyse-impression", "Serveur d’impression en support étendu", "srv-impression-1", "obsolescence", -36},
		{"analyse-tls-badges", "Lecteurs de badges en TLS 1.1 sur un réseau séparé", "srv-badges-1", "cryptography", -100},
	} {
		c.put(at(r.day, 11, 0), address(ciso), catalog.RiskAnalysis, r.id, values{"title": r.title, "asset": r.asset, "subject": r.subject, "done_on": on(r.day),
			"valid_until": on(r.day + 300), "decision": "accepted", "accepted_by": director})
	}
	for i, w := range []struct {
		rule, register, record, why, instead string
		day, until                           int
	}{
		{"9.11.1", "account", accountID("ann-entreprise", "accueil"), "Poste d’accueil partagé par trois hôtesses qui se relaient", "Poste sans messagerie ni partage ; relève signée à chaque prise de poste", -158, 150},
		{"9.11.1", "account", accountID("ann-entreprise", "demonstration"), "Démonstrations en clientèle sur une base fictive", "Compte limité à la base de démonstration, fermé la nuit", -157, 160},
		{"9.11.6", "account", accountID("ann-entreprise", "svc-sauvegarde"), "L’automate de sauvegarde ne sait pas changer son mot de passe", "Secret de 40 caractères tiré au sort, changé à la main chaque semestre", -106, 120},
		{"9.5.2", "asset", "srv-fichiers-bxl-1", "Le local de Bruxelles ferme dans quatre mois, avec le bail", "Armoire fermée à clé, copie chaque heure à Grenoble", -52, 118},
		{"9.10.6", "asset", "tablette-7", "Tablette de salon trop ancienne pour chiffrer son stockage", "Aucune donnée réelle ; remise à zéro après chaque salon", -49, 90},
		{"9.10.6", "asset", "tablette-8", "Tablette de salon trop ancienne pour chiffrer son stockage", "Aucune donnée réelle ; remise à zéro après chaque salon", -49, 90},
		{"9.17.2", "asset", "tablette-7", "Le stockage n’a jamais pu être chiffré : il n’y a pas de perte à traiter", "Aucune donnée réelle ; remise à zéro après chaque salon", -48, 90},
		{"9.17.2", "asset", "tablette-8", "Le stockage n’a jamais pu être chiffré : il n’y a pas de perte à traiter", "Aucune donnée réelle ; remise à zéro après chaque salon", -48, 90},
	} {
		c.put(at(w.day, 17, 0), address(director), catalog.Waiver, fmt.Sprintf("derogation-%d", i+1), values{"rule": w.rule, "register_id": w.register, "record_id": w.record,
			"reason": w.why, "compensation": w.instead, "approved_by": director, "starts_on": on(w.day), "ends_on": on(w.until)})
	}
	c.put(at(-197, 17, 0), address(director), catalog.Exclusion, "sans-objet-1", values{"rule": "9.15.4", "decided_by": director, "starts_on": on(-197), "ends_on": on(230),
		"reason": "Toutes les licences sont souscrites à l’usage : le fournisseur facture les postes réellement équipés, un dépassement est impossible. À revoir au prochain renouvellement."})
}
