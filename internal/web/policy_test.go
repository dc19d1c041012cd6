package web

import (
	"net/url"
	"reflect"
	"testing"

	"vigie.example/internal/identity"
	"vigie.example/internal/register"
	"vigie.example/internal/register/catalog"
)

// publish gives the small company two editions, one of which is in force, with
// one statement of its own, and a draft of the subsidiary.
func publish(t *testing.T, s *site) {
	t.Helper()
	ctx := t.Context()
	by := register.By{Actor: "test", Source: "test", At: s.now}
	err := s.app.Book.Write(ctx, by, func(w *register.Writer) error {
		for id, v := range map[string]register.Values{
			"ed6": {"label": "Édition 6", "entity": "sud", "dated_on": int64(19000), "status": "superseded", "reason": "Nouveaux locaux"},
			"ed7": {"label": "Édition 7", "entity": "sud", "dated_on": int64(20300), "status": "in_force", "published_on": int64(20310), "content_hash": "abc", "reason": "Télétravail"},
			"edn": {"label": "Projet Nord", "entity": "nord", "dated_on": int64(20400), "status": "draft"},
		} {
			if err := w.Put(ctx, catalog.PolicyEdition, id, v); err != nil {
				return err
			}
		}
		return w.Put(ctx, catalog.PolicyStatement, "ed7:9.2.1", register.Values{"edition": "ed7", "rule": "9.2.1", "title": "Inventaire maison", "statement": "Tout bien est inscrit.\nSans délai."})
	})
	if err != nil {
		t.Fatal(err)
	}
}

// Everyone reads the policy in the company's words, finds a word in it, and
// acknowledges the edition in force, sealed with the text that was read (9.1.1).
func TestPolicyRead(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		emma := s.as("employee")
		emma.get("/policy").want(200).has("[role=status]", "Aucune édition").has("h2", "9.2", "Biens")
		publish(t, s)
		p := emma.get("/policy").want(200).has("h2", "Édition 7", "En vigueur").has("h3", "9.2.1 Inventaire maison").has("p", "Tout bien est inscrit.").
			has("nav", "9.17").has("button", "Accuser lecture").hasNot("a", "Projet Nord").has("a", "Édition 6")
		if n := len(find(p.doc, "h3")); n < 90 {
			t.Errorf("the policy has %d sections", n)
		}
		emma.get("/policy?q=INSCRIT+delai+maison").want(200).has("[role=status]", "1 règle trouvée").has("mark", "inscrit").has("mark", "délai").hasNot("h3", "9.17.1")
		emma.get("/policy?q=zyzzyva").want(200).has("[role=status]", "0 règle trouvée")
		emma.get("/policy?edition=ed6").want(200).has("h2", "Édition 6", "Remplacée").hasNot("button", "Accuser lecture")
		emma.get("/policy?edition=none").want(404)
		emma.get("/me").want(200).has(".v-note a[href=/policy?edition=ed7]", "Édition 7")

		emma.post("/policy/acknowledge", url.Values{"edition": {"ed6"}}).want(403)
		emma.post("/policy/acknowledge", url.Values{"edition": {"ed7"}, "seal": {"an older text"}}).want(409).has("[role=alert]", "a changé pendant que vous le lisiez")
		form := url.Values{"edition": {"ed7"}, "seal": {"abc"}}
		emma.post("/policy/acknowledge", form).want(200).has("[role=status]", "Merci").has("section", "Vous avez accusé lecture le 25/11/2026").hasNot("button", "Accuser lecture")
		emma.post("/policy/acknowledge", form).want(200) // twice is once
		list, err := s.app.Book.List(t.Context(), catalog.Acknowledgement, register.ListQuery{})
		if err != nil || len(list.Records) != 1 || list.Records[0].Values["content_hash"] != "abc" || list.Records[0].Values["person"] != "emma" {
			t.Errorf("acknowledgements kept: %v %v", list.Records, err)
		}
		s.as("reader").get("/policy").want(200).hasNot("button", "Accuser lecture")
		emma.get("/policy?on=2020-01-01").want(200).hasNot("h2", "Édition 7")
	})
}

// The committee votes on a draft; nobody else does.
func TestPolicyVote(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		publish(t, s)
		s.as("ciso").get("/policy?edition=edn").want(200).has("h2", "Projet Nord").hasNot("button", "Voter pour")
		s.as("ciso").post("/policy/vote", url.Values{"edition": {"edn"}, "vote": {"approve"}}).want(403)
		paul := s.as("committee")
		paul.get("/policy?edition=ed7").want(200).hasNot("button", "Voter pour")
		paul.post("/policy/vote", url.Values{"edition": {"ed7"}, "vote": {"approve"}}).want(422)
		paul.post("/policy/vote", url.Values{"edition": {"edn"}, "vote": {"perhaps"}}).want(422)
		paul.get("/policy?edition=edn").want(200).has("button", "Voter pour").has("p", "Personne n’a encore voté")
		paul.post("/policy/vote", url.Values{"edition": {"edn"}, "vote": {"approve"}}).want(200).has("li", "Paul Comité", "Pour", "25/11/2026")
	})
}

// What is searched is shown in the text as it is written.
func TestPieces(t *testing.T) {
	for _, c := range []struct {
		text  string
		words []string
		want  []piece
	}{
		{"Été à l’œuvre", nil, []piece{{"Été à l’œuvre", false}}},
		{"Délai : sans DÉLAI.", []string{"delai"}, []piece{{"Délai", true}, {" : sans ", false}, {"DÉLAI", true}, {".", false}}},
		{"abab", []string{"ab", "ba"}, []piece{{"abab", true}}},
		{"", []string{"x"}, nil},
		{"e\u0301te\u0301", []string{"ete"}, []piece{{"e\u0301te\u0301", true}}},
		{"\xff\xfe mot", []string{"mot"}, []piece{{"\xff\xfe ", false}, {"mot", true}}},
	} {
		if got := pieces(c.text, c.words); !reflect.DeepEqual(got, c.want) {
			t.Errorf("pieces(%q, %q) = %+v, want %+v", c.text, c.words, got, c.want)
		}
	}
}

// People of a subsidiary read the editions of the head company and of their own.
func TestPolicyOfSubsidiary(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		publish(t, s)
		s.put(catalog.Entity, "est", register.Values{"name": "Est", "country": "FR", "parent": "sud"})
		s.put(catalog.PolicyEdition, "edx", register.Values{"label": "Ailleurs", "entity": "est", "dated_on": int64(20400), "status": "in_force"})
		s.put(catalog.Person, "nils", register.Values{"name": "Nils Nord", "email": "nils@exemple.fr", "kind": "employee", "entity": "nord", "uses_is": true, "first_day": int64(20000)})
		s.users["nils"] = identity.User{Email: "nils@exemple.fr", Name: "Nils Nord"}
		s.as("nils").get("/policy").want(200).has("h2", "Édition 7", "En vigueur").has("h3", "9.2.1 Inventaire maison").has("button", "Accuser lecture").hasNot("a", "Ailleurs")
	})
}
