package sample

import (
	"vigie.example/internal/register/catalog"
)

// keys: which keys exist, who holds them and why. No secret is kept here.
func (c *company) keys() {
	for i, k := range []struct {
		id, name, kind, asset, owner string
		holders                      []string
	}{
		{"cle-signature-2", "Signature des livraisons", "signing", "app-forge", devLead, []string{devLead, quality}},
		{"cle-sauvegarde", "Chiffrement des sauvegardes", "encryption", "app-sauvegarde", sysLead, []string{sysLead, sysAdmin}},
		{"cle-secours-postes", "Clés de secours des postes", "recovery", "app-chiffrement", deskLead, []string{deskLead, deskAgent}},
		{"cle-tls-produits", "Certificat des produits", "tls", "srv-web-1", sysLead, []string{sysLead, sysAdmin}},
		{"cle-tls-portail", "Certificat du portail", "tls", "srv-web-4", sysLead, []string{sysLead, sysAdmin}},
		{"cle-interne", "Autorité interne", "signing", "app-annuaire", sysLead, []string{sysLead, ciso}},
		{"cle-ssh-admin", "Administration des serveurs", "ssh", "app-supervision", sysLead, []string{sysLead, sysAdmin}},
		{"cle-ssh-reseau", "Administration des réseaux", "ssh", "app-vpn", netLead, []string{netLead, netAdmin}},
		{"cle-traces", "Scellement des traces", "signing", "app-journaux", ciso, []string{ciso}},
		{"cle-coffre", "Coffre documentaire", "encryption", "app-coffre", dpo, []string{dpo, counsel}},
	} {
		day := -244
		if k.id == "cle-signature-2" {
			day = -95
		}
		c.put(at(day, 14, i), address(k.owner), catalog.CryptoKey, k.id, values{"name": k.name, "kind": k.kind, "asset": k.asset, "owner": k.owner, "reviewed_on": on(day)})
		c.put(at(-88, 14, i), address(k.owner), catalog.CryptoKey, k.id, values{"reviewed_on": on(-88)})
		for _, h := range k.holders {
			c.holds(k.id, h, k.owner, day, 0)
		}
	}
	// The key that was published, and the one that replaced it.
	c.put(at(-244, 15, 0), address(devLead), catalog.CryptoKey, "cle-signature-1", values{"name": "Signature des livraisons (ancienne)", "kind": "signing", "asset": "app-forge",
		"owner": devLead, "reviewed_on": on(-244)})
	c.holds("cle-signature-1", devLead, devLead, -244, -95)
	c.holds("cle-signature-1", quality, devLead, -244, -95)
	c.put(at(-96, 15, 30), address(ciso), catalog.CryptoKey, "cle-signature-1", values{"disclosed_at": at(-96, 15, 0), "incident": "incident-cle"})
	c.put(at(-96, 19, 0), address(devLead), catalog.CryptoKey, "cle-signature-1", values{"revoked_at": at(-96, 18, 40)})
	c.put(at(-95, 11, 30), address(devLead), catalog.CryptoKey, "cle-signature-1", values{"replaced_at": at(-95, 11, 0), "reviewed_on": on(-95)})
}

// holds lets a person hold a key for a mission.
func (c *company) holds(key, person, owner string, day, revoked int) {
	id := key + "-" + person
	c.put(at(day, 16, 0), address(owner), catalog.KeyHolder, id, values{"crypto_key": key, "person": person, "mission": "Exploitation et renouvellement de la clé",
		"authorised_by": owner, "authorised_on": on(day)})
	if revoked != 0 {
		c.put(at(revoked, 16, 0), address(owner), catalog.KeyHolder, id, values{"revoked_on": on(revoked)})
	}
}
