package sample

import (
	"fmt"
	"strings"

	"vigie.example/internal/register/catalog"
)

// privacy: the register of processing, its categories, places and purges, the
// requests of persons, and the three notices.
func (c *company) privacy() {
	c.treatments()
	c.requests()
	c.notices()
}

// processings of personal data. Each category has the need it serves.
var processings = []struct {
	id, name, role, owner, purpose, basis string
	days                                  int
	subjects                              string
	assets, categories                    string
	country                               string
}{
	{"trt-paie", "Paie du personnel", "controller", hr, "Calculer et verser les salaires", "obligation", 1825, "Salariés",
		"app-sirh bd-sirh data-remunerations",
		"Identité=désigner le salarié; Rémunération=calculer la paie; Coordonnées bancaires=verser le salaire", "FR"},
	{"trt-personnel", "Gestion du personnel", "controller", hr, "Suivre la carrière et les obligations de l’employeur", "contract", 1825, "Salariés",
		"app-sirh app-temps bd-temps app-formation bd-formation data-dossiers-du-personnel data-entretiens-annuels " +
			"papier-dossiers-du-personnel-papier papier-registre-unique-du-personnel papier-medecine-du-travail papier-visas-et-permis",
		"Identité=désigner le salarié; Parcours=proposer une formation; Temps de travail=respecter les durées légales", "FR"},
	{"trt-recrutement", "Recrutement", "controller", hr, "Choisir un candidat", "interest", 730, "Candidats",
		"data-candidatures",
		"Identité=répondre au candidat; Curriculum vitæ=juger la candidature", "FR"},
	{"trt-discipline", "Dossiers disciplinaires", "controller", hr, "Donner suite aux manquements", "obligation", 1095, "Salariés",
		"data-dossiers-disciplinaires",
		"Faits=établir le manquement; Décision=la conserver le temps légal", "FR"},
	{"trt-clients", "Relation avec les clients", "controller", salesLead, "Vendre et suivre les contrats", "contract", 1095, "Interlocuteurs des clients",
		"app-clients bd-clients data-contrats-des-clients data-comptes-des-clients data-enquetes-de-satisfaction",
		"Identité=désigner l’interlocuteur; Échanges=suivre l’affaire", "FR"},
	{"trt-prospects", "Prospection", "controller", salesLead, "Faire connaître les produits", "interest", 1095, "Prospects",
		"app-clients data-fichier-des-prospects",
		"Identité=écrire au prospect; Centres d’intérêt=ne pas écrire pour rien", "FR"},
	{"trt-support", "Support aux clients", "controller", supportLead, "Répondre aux demandes", "contract", 1095, "Utilisateurs des clients",
		"app-demandes bd-demandes app-be-support bd-be-support data-dossiers-de-support data-copies-de-bases-de-clients " +
			"data-dossiers-de-support-belgique",
		"Identité=répondre à la personne; Échanges=résoudre la demande", "US"},
	{"trt-produit-paie", "Alvéride Paie, pour le compte des clients", "processor", payrollDev, "Héberger et traiter la paie des clients", "contract", 1825, "Salariés des clients",
		"app-paie bd-paie data-bulletins-des-clients data-declarations-sociales",
		"Bulletins=produire la paie; Identité=désigner le salarié", "FR"},
	{"trt-produit-compta", "Alvéride Compta, pour le compte des clients", "processor", accountsDev, "Héberger la comptabilité des clients", "contract", 3650, "Tiers des clients",
		"app-compta bd-compta data-ecritures-des-clients data-exports-fiscaux app-portail bd-portail",
		"Identité=tenir les comptes; Écritures=justifier les comptes", "FR"},
	{"trt-acces", "Contrôle des accès aux locaux", "controller", facilities, "Protéger les locaux", "interest", 90, "Personnel et visiteurs",
		"app-badges bd-badges app-visiteurs data-registre-des-visites data-passages-de-badge",
		"Passages=savoir qui est entré", "FR"},
	{"trt-traces", "Traces des systèmes", "controller", ciso, "Comprendre et prouver les incidents", "interest", 300, "Utilisateurs",
		"app-journaux app-mandataire app-telephonie data-traces data-journaux-de-connexion",
		"Identifiant=relier l’acte à son auteur; Horodatage=reconstituer les faits", "FR"},
	{"trt-messagerie", "Messagerie et partages", "controller", cio, "Travailler ensemble", "interest", 1095, "Personnel et correspondants",
		"app-messagerie app-annuaire app-fichiers",
		"Messages=échanger; Annuaire=s’adresser à la bonne personne", "FR"},
	{"trt-frais", "Notes de frais et factures", "controller", finance, "Rembourser et payer", "obligation", 3650, "Personnel et fournisseurs",
		"app-notes-frais bd-notes-frais app-facturation bd-facturation data-factures-des-fournisseurs data-notes-de-frais",
		"Justificatifs=justifier la dépense; Coordonnées bancaires=rembourser", "FR"},
}

// recorded is the day from which the register of processing was written.
const recorded = -205

func (c *company) treatments() {
	for i, p := range processings {
		day := recorded + i*3
		c.put(at(day, 10, 0), address(dpo), catalog.Processing, p.id, values{"name": p.name, "entity": "fr", "role": p.role, "owner": p.owner, "purpose": p.purpose,
			"legal_basis": p.basis, "keeping_days": p.days, "subjects": p.subjects,
			"recipients": "Services habilités", "controllers": map[bool]string{true: "Clients du produit", false: "Alvéride SA"}[p.role == "processor"],
			"security_measures": "Accès nominatifs, traces, chiffrement des postes et des liaisons, sauvegarde", "reviewed_on": on(day)})
		for n, id := range strings.Fields(p.assets) {
			c.put(at(max(day+n*14, c.find(id).created+6), 11, 40), address(dpo), catalog.ProcessingAsset, p.id+"-"+id, values{"processing": p.id, "asset": id})
		}
		for n, pair := range strings.Split(p.categories, "; ") {
			name, need, _ := strings.Cut(pair, "=")
			c.put(at(day, 11, 10+n), address(dpo), catalog.DataCategory, fmt.Sprintf("%s-cat-%d", p.id, n+1), values{"name": name, "processing": p.id, "need": "Sert à " + need, "special": false})
		}
		c.put(at(day, 11, 30), address(dpo), catalog.DataLocation, p.id+"-stockage", values{"processing": p.id, "kind": "storage", "country": "FR"})
		if p.country != "FR" {
			c.put(at(day, 11, 31), address(dpo), catalog.DataLocation, p.id+"-support", values{"processing": p.id, "kind": "support", "country": p.country, "third_party": helpdesk})
		}
		for n := range 3 {
			due := recorded + 45 + i + n*70
			if due > -2 {
				continue
			}
			purge := fmt.Sprintf("purge-%s-%d", p.id, n+1)
			c.put(at(max(due-30, day+2), 9, 0), address(dpo), catalog.DataPurge, purge, values{"processing": p.id, "due_on": on(due)})
			c.put(at(due, 18, 0), address(sysAdmin), catalog.DataPurge, purge, values{"done_on": on(due), "proof_hash": hash(purge), "oldest_left_on": on(due - min(p.days, 900) + 2)})
		}
	}
	c.put(at(recorded+2, 9, 0), address(dpo), catalog.DataLocation, "trt-paie-editeur", values{"processing": "trt-paie", "kind": "transfer", "country": "FR", "third_party": payroll})
}

// requests of persons: answered within the month, save one that was lost on a
// desk; another has not reached its day.
func (c *company) requests() {
	for i, r := range []struct {
		kind, role         string
		received, answered int
		result             string
	}{
		{"access", "controller", -341, -318, "granted"}, {"erasure", "controller", -287, -270, "granted"}, {"access", "controller", -233, -210, "partial"}, {"rectification", "controller", -181, -178, "granted"},
		{"objection", "controller", -144, -130, "granted"}, {"access", "processor", -119, -118, "granted"}, {"erasure", "controller", -92, -70, "refused"}, {"portability", "controller", -58, 0, ""}, {"access", "controller", -12, 0, ""},
	} {
		id := fmt.Sprintf("demande-rgpd-%d", i+1)
		c.put(at(r.received, 10, 0), address(dpo), catalog.SubjectRequest, id, values{"name": fmt.Sprintf("RGPD-%02d", i+1), "entity": "fr", "kind": r.kind, "role": r.role,
			"received_on": on(r.received)})
		c.put(at(r.received+2, 10, 0), address(dpo), catalog.SubjectRequest, id, values{"identity_checked_on": on(r.received + 2)})
		if r.role == "processor" {
			c.put(at(r.received+1, 10, 0), address(dpo), catalog.SubjectRequest, id, values{"forwarded_on": on(r.received + 1)})
		}
		if r.answered != 0 {
			c.put(at(r.answered, 16, 0), address(dpo), catalog.SubjectRequest, id, values{"answered_on": on(r.answered), "result": r.result, "answer_hash": hash(id)})
		}
	}
}

// notices: one for customers, one for the staff, one for processors; each is
// given to those it is for.
func (c *company) notices() {
	for i, n := range []struct{ id, title, kind string }{
		{"notice-services", "Données personnelles dans nos services", "services"}, {"notice-personnel", "Données personnelles du personnel", "staff"}, {"notice-sous-traitants", "Exigences envers les sous-traitants", "processors"},
	} {
		for _, entity := range []string{"fr", "be", "ca"} {
			c.put(at(-254+i, 10, 0), address(dpo), catalog.Notice, n.id+"-"+entity, values{"title": n.title, "entity": entity, "kind": n.kind, "in_force_on": on(-254 + i),
				"reviewed_on": on(-254 + i)})
		}
	}
	for i, p := range c.people {
		day := max(-250+i%12, p.first+1)
		if p.present(day) && day <= 0 {
			c.put(at(day, 9, i%60), address(hr), catalog.NoticeDelivery, "remise-"+p.id, values{"notice": "notice-personnel-" + p.entity, "person": p.id, "given_on": on(day)})
		}
	}
	for _, t := range []string{payroll, helpdesk, host} {
		for _, entity := range []string{"fr", "be", "ca"} {
			c.put(at(-249, 10, 0), address(dpo), catalog.NoticeDelivery, "remise-"+t+"-"+entity, values{"notice": "notice-sous-traitants-" + entity, "third_party": t, "given_on": on(-249)})
		}
	}
	for _, entity := range []string{"fr", "be", "ca"} {
		c.put(at(-249, 10, 0), address(dpo), catalog.NoticeDelivery, "remise-"+customer+"-"+entity, values{"notice": "notice-services-" + entity, "third_party": customer, "given_on": on(-249)})
	}
}
