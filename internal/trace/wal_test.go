package trace

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"vigie.example/evidence"
)

// FuzzWAL: whatever the file holds, recovery gives whole records or an error.
func FuzzWAL(f *testing.F) {
	record := evidence.AppendRecord(nil, evidence.Entry{Received: 1, Source: "x", Raw: []byte("one")})
	f.Add([]byte(nil), uint16(0), byte(0))
	f.Add(bytes.Repeat(record, 3), uint16(30), byte(1))
	f.Fuzz(func(t *testing.T, tail []byte, at uint16, flip byte) {
		path := filepath.Join(t.TempDir(), "wal")
		w, err := openWAL(disk{}, path, 4096)
		if err != nil {
			t.Fatal(err)
		}
		defer w.file.Close()
		for i := range int64(3) {
			if err := w.append(i, record); err != nil {
				t.Fatal(err)
			}
		}
		if room := w.size - w.at; int64(len(tail)) > room {
			tail = tail[:room]
		}
		if _, err := w.file.WriteAt(tail, w.at); err != nil {
			t.Fatal(err)
		}
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		place := walHead + int(at)%(len(data)-walHead)
		data[place] ^= flip
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
		records, ends, err := w.recover(0)
		if err != nil {
			return
		}
		again, err := evidence.SplitRecords(records)
		if err != nil || len(again) != len(ends) || len(ends) > 3 {
			t.Errorf("%d records, %d ends, %v", len(again), len(ends), err)
		}
		if !bytes.Equal(records, bytes.Repeat(record, len(ends))) {
			t.Errorf("%q", records)
		}
	})
}
