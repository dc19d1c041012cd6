package register

import (
	"context"
	"time"
)

// An Edit gives one field the same value in many records.
type Edit struct {
	Register *Register
	Field    *Field
	Value    any // nil erases
	Records  []Seen
}

// Seen is a record as the author of an edit saw it.
type Seen struct {
	ID      string
	Version int64 // 0 whatever it is
}

// An EditError says which record stopped an edit.
type EditError struct {
	Record string
	Err    error
}

// Error is the error of the record, after its id.
func (e *EditError) Error() string { return e.Record + ": " + e.Err.Error() }

// Unwrap returns the error of the record.
func (e *EditError) Unwrap() error { return e.Err }

// Edit changes the records, all of them or none, and keeps what it did among
// the batches that Undo takes back whole. Batch names it; "" when every record
// had the value already.
//
// Errors: those of Writer.Update, as *EditError.
func (b *Book) Edit(ctx context.Context, e Edit, by By) (batch string, changed int, err error) {
	if by.At.IsZero() {
		by.At = time.Now()
	}
	by.Batch = NewID(&Register{ID: "edit"}, by.At)
	err = b.Write(ctx, by, func(w *Writer) error {
		for _, seen := range e.Records {
			ok, err := w.Update(ctx, e.Register, seen.ID, seen.Version, Values{e.Field.Name: e.Value})
			if err != nil {
				return &EditError{seen.ID, err}
			}
			if ok {
				changed++
			}
		}
		if changed == 0 {
			return nil
		}
		batch = by.Batch
		return w.keepBatch(ctx, Batch{ID: batch, Register: e.Register.ID, Field: e.Field.Name, At: by.At, Actor: by.Actor, Updated: changed, Skipped: len(e.Records) - changed})
	})
	if err != nil {
		return "", 0, err
	}
	return batch, changed, nil
}

// keepBatch puts a batch into the list of those that can be undone.
func (w *Writer) keepBatch(ctx context.Context, b Batch) error {
	_, err := w.Tx.Exec(ctx, "INSERT INTO import_batch (id, register, field, file, at, actor, created, updated, skipped) VALUES (:id, :r, :field, :file, :at, :actor, :created, :updated, :skipped)",
		map[string]any{"id": b.ID, "r": b.Register, "field": b.Field, "file": b.File, "at": b.At.Unix(), "actor": b.Actor, "created": b.Created, "updated": b.Updated, "skipped": b.Skipped})
	return err
}
