package register

import "vigie.example/internal/store"

var columnTypes = map[Kind]store.ColumnType{
	Integer: store.IntColumn, Tenths: store.IntColumn, Level: store.IntColumn, Date: store.IntColumn, Time: store.IntColumn, Bool: store.BoolColumn,
}

// Table returns the table of r. References are indexed so that a check limited
// to one record never reads a whole table; values of a list so that a rare one
// is found at once; the title with the id because lists follow that order.
func (r *Register) Table() store.Table {
	t := store.Table{Name: r.ID, Columns: []store.Column{
		{Name: "id", Type: store.TextColumn},
		{Name: "version", Type: store.IntColumn, NotNull: true},
		{Name: "created_at", Type: store.IntColumn, NotNull: true},
		{Name: "updated_at", Type: store.IntColumn, NotNull: true},
		{Name: "source", Type: store.TextColumn, NotNull: true},
		{Name: "search", Type: store.TextColumn, NotNull: true},
	}}
	for _, f := range r.Fields {
		typ := columnTypes[f.Kind]
		if typ == "" {
			typ = store.TextColumn
		}
		t.Columns = append(t.Columns, store.Column{Name: f.Name, Type: typ})
		switch {
		case f.Unique:
			t.Indexes = append(t.Indexes, "unique "+f.Name)
		case f.Kind == Enum:
			t.Indexes = append(t.Indexes, "value "+f.Name)
		case f.Name != r.Title().Name && f.indexed():
			t.Indexes = append(t.Indexes, f.Name)
		}
	}
	t.Indexes = append(append(t.Indexes, r.Title().Name+", id"), r.Indexes...)
	return t
}

func (f *Field) indexed() bool { return f.Kind == Ref || f.Kind == Enum || f.Unique || f.Indexed }

// Tables returns the tables that every register shares.
func Tables() []store.Table {
	return []store.Table{
		viewTable,
		{Name: "history", Columns: []store.Column{
			{Name: "seq", Type: store.IntColumn},
			{Name: "at", Type: store.IntColumn, NotNull: true},
			{Name: "actor", Type: store.TextColumn, NotNull: true},
			{Name: "source", Type: store.TextColumn, NotNull: true},
			{Name: "register", Type: store.TextColumn, NotNull: true},
			{Name: "record", Type: store.TextColumn, NotNull: true},
			{Name: "action", Type: store.TextColumn, NotNull: true},
			{Name: "changes", Type: store.TextColumn, NotNull: true},
			{Name: "batch", Type: store.TextColumn, NotNull: true},
			{Name: "reason", Type: store.TextColumn, NotNull: true},
		}, Indexes: []string{"register, record, seq", "register, seq", "batch WHERE batch <> ''"}},
		{Name: "search_word", Columns: []store.Column{
			{Name: "register", Type: store.TextColumn, NotNull: true},
			{Name: "word", Type: store.TextColumn, NotNull: true},
			{Name: "record", Type: store.TextColumn, NotNull: true},
		}, Key: 3},
		{Name: "import_mapping", Columns: []store.Column{
			{Name: "key", Type: store.TextColumn}, // register and a fingerprint of the header
			{Name: "mapping", Type: store.TextColumn, NotNull: true},
			{Name: "updated_at", Type: store.IntColumn, NotNull: true},
		}},
		{Name: "import_batch", Columns: []store.Column{
			{Name: "id", Type: store.TextColumn},
			{Name: "register", Type: store.TextColumn, NotNull: true},
			{Name: "file", Type: store.TextColumn, NotNull: true},
			{Name: "at", Type: store.IntColumn, NotNull: true},
			{Name: "actor", Type: store.TextColumn, NotNull: true},
			{Name: "created", Type: store.IntColumn, NotNull: true},
			{Name: "updated", Type: store.IntColumn, NotNull: true},
			{Name: "skipped", Type: store.IntColumn, NotNull: true},
			{Name: "undone_at", Type: store.IntColumn},
			{Name: "field", Type: store.TextColumn}, // that an edit changed; empty for an import
		}},
	}
}
