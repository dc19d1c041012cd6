// Package evidence reads and verifies what the trace vault seals: entries,
// blocks, logs, time-stamp tokens and evidence packs. It needs no server and no
// network, and stands alone so that it can be reviewed and built by strangers.
// The format is docs/evidence-format.md; numbers in comments are its sections.
package evidence

import (
	"fmt"
	"strings"
)

// A Problem is one thing that a verification found wrong. Key names its
// sentence, in which {0}, {1}… stand for Args.
type Problem struct {
	Key  string
	Args []any
}

func (p Problem) Error() string { return p.String() }

// String says the problem in English.
func (p Problem) String() string {
	s, ok := Sentences[p.Key]
	if !ok {
		s = p.Key
	}
	for i, a := range p.Args {
		s = strings.ReplaceAll(s, fmt.Sprintf("{%d}", i), fmt.Sprint(a))
	}
	return s
}

func problem(key string, args ...any) Problem { return Problem{key, args} }

// Sentences are the problems in English, by key.
var Sentences = map[string]string{
	"evidence.block_damaged":        "leaf {0}: the block is damaged: {1}",
	"evidence.block_differs":        "leaf {0}: entries {1} to {2} are not the sealed ones",
	"evidence.block_leaf":           "leaf {0}: the block holds another header than the log",
	"evidence.block_missing":        "leaf {0}: the block of entries {1} to {2} is missing",
	"evidence.block_place":          "leaf {0}: its block is in the place of another",
	"evidence.block_twice":          "leaf {0}: its block is present twice",
	"evidence.block_unlogged":       "leaf {0}: a block is there that the checkpoint does not cover",
	"evidence.checkpoint_form":      "{0}: not a checkpoint of this log: {1}",
	"evidence.checkpoint_missing":   "the checkpoint is missing",
	"evidence.checkpoint_root":      "{0}: the root differs from that of the leaves",
	"evidence.checkpoint_signature": "{0}: no valid signature by the key of the log",
	"evidence.cosignature_missing":  "no valid cosignature of the log by the witness {0}",
	"evidence.entry_differs":        "entry {0}: hash differs",
	"evidence.entry_extra":          "entry {0}: the record in its place was never sealed",
	"evidence.entry_form":           "entry {0}: not a record: {1}",
	"evidence.entry_missing":        "entry {0}: missing",
	"evidence.entry_moved":          "entry {0}: in its place is entry {1}",
	"evidence.entry_proof":          "entry {0}: its proof does not lead to the block of leaf {1}",
	"evidence.entry_time":           "entry {0}: received before the entry that precedes it",
	"evidence.file_form":            "{0}: {1}",
	"evidence.file_missing":         "{0}: missing",
	"evidence.history_differs":      "{0}: the log had another history when it had {1} leaves",
	"evidence.key_bridge":           "leaf {0}: the key change is not signed by the key before and the new one",
	"evidence.key_unknown":          "the key that you trust is none of this log",
	"evidence.leaf_counts":          "leaf {0}: {1} says {2}, the records say {3}",
	"evidence.leaf_form":            "leaf {0}: malformed: {1}",
	"evidence.leaf_gap":             "leaf {0}: begins at entry {1}, not at entry {2}",
	"evidence.leaf_missing":         "leaf {0}: missing",
	"evidence.leaf_place":           "leaf {0}: in its place is leaf {1}",
	"evidence.leaf_proof":           "leaf {0}: its proof does not lead to the checkpoint",
	"evidence.leaf_time":            "leaf {0}: older than the leaf that precedes it",
	"evidence.leaf_time_token":      "leaf {0}: dated {1}, later than the time-stamp of {2} that covers it",
	"evidence.pruned_early":         "leaf {0}: the block was deleted before the end of its retention",
	"evidence.rolled_back":          "rolled back: {0} leaves, but {1} were seen earlier",
	"evidence.tile_differs":         "{0}: differs from what the leaves give",
	"evidence.token_certificate":    "{0}: certificate of the time-stamp: {1}",
	"evidence.token_form":           "{0}: not a time-stamp token: {1}",
	"evidence.token_imprint":        "{0}: the time-stamp is of something else",
	"evidence.token_signature":      "{0}: the signature of the time-stamp is wrong",
}
