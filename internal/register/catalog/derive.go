package catalog

import (
	vigie "vigie.example"
	"vigie.example/internal/register"
)

// family groups the kinds of asset as the rules speak of them: hardware,
// software, information.
func family(v register.Values) any {
	switch v["kind"] {
	case "server", "workstation", "laptop", "tablet", "phone", "network", "storage", "peripheral":
		return "hardware"
	case "application", "database":
		return "software"
	case "data", "paper":
		return "information"
	}
	return nil
}

// head says whether an entity is the head company: the subsidiary of none. A flag
// that an import may leave empty would take every check of the whole company
// away.
func head(v register.Values) any { return v["parent"] == nil }

// oneMonthAfterReceipt is the day before which a request must be answered
// (9.16.4): the same day of the next month, or that month's last day when it
// is shorter. A day given by a person is kept only when it is earlier.
func oneMonthAfterReceipt(v register.Values) any {
	received, ok := v["received_on"].(int64)
	if !ok {
		return v["due_on"]
	}
	t := vigie.Day(received).Time()
	due := t.AddDate(0, 1, 0)
	if due.Day() != t.Day() {
		due = due.AddDate(0, 0, -due.Day())
	}
	limit := int64(vigie.DayOf(due))
	if given, ok := v["due_on"].(int64); ok && given < limit {
		return given
	}
	return limit
}
