package control

import (
	"strings"
	"testing"

	"vigie.example/internal/register/catalog"
	"vigie.example/policy"
)

// TestOnce: whether the form of a query lets a record be judged twice.
func TestOnce(t *testing.T) {
	for sql, want := range map[string]bool{
		"SELECT a.id, NULL AS why FROM asset a": true,
		"SELECT g.id, NULL AS why FROM access_grant g JOIN asset a ON a.id = g.asset JOIN person p ON p.id = a.owner": true,
		"SELECT g.id, NULL AS why FROM access_grant g LEFT JOIN asset a ON a.id = g.asset AND a.c >= 3":               true,
		"SELECT a.id, NULL AS why FROM asset a LEFT JOIN host_posture h ON h.asset = a.id":                            true,
		"SELECT a.id, NULL AS why FROM asset a, host_posture h WHERE h.asset = a.id":                                  true,
		"SELECT a.id, NULL AS why FROM asset a JOIN access_grant g ON g.asset = a.id":                                 false,
		"SELECT a.id, NULL AS why FROM asset a JOIN person p ON p.id = a.owner OR p.id = a.deputy":                    false,
		"SELECT a.id, NULL AS why FROM asset a JOIN person p ON p.id IN (a.owner, a.deputy)":                          false,
		"SELECT a.id, NULL AS why FROM asset a JOIN person p ON p.name = a.name":                                      false,
		"SELECT a.id, NULL AS why FROM asset a WHERE EXISTS (SELECT 1 FROM access_grant g WHERE g.asset = a.id)":      true,
	} {
		c := &Check{Check: &policy.Check{Judges: strings.Fields(sql)[strings.Count(sql[:strings.Index(sql, "FROM")], " ")+1], SQL: sql}, Rule: &policy.Rule{}}
		if err := c.compile(catalog.All()); err != nil {
			t.Errorf("%s: %v", sql, err)
		} else if c.once != want {
			t.Errorf("%s: once %v, want %v", sql, c.once, want)
		}
	}
}
