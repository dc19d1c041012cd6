//go:build !libc.membrk && !libc.memgrind && (amd64 || arm64 || loong64 || ppc64le || s390x || riscv64 || 386 || arm)

package store

import (
	"sync"
	_ "unsafe" // for go:linkname

	"modernc.org/memory"
)

// The allocator of SQLite keeps, of each size, what was free last, and a page of all
// that it ever had. It can give them back, but the library that holds it does not
// pass the request on: it is reached by its names there, which a test holds to be
// those of the version in go.mod.

//go:linkname allocator modernc.org/libc.allocator
var allocator memory.Allocator

//go:linkname allocatorMu modernc.org/libc.allocatorMu
var allocatorMu sync.Mutex

// trim gives what SQLite has freed back to the system.
func trim() {
	allocatorMu.Lock()
	defer allocatorMu.Unlock()
	_ = allocator.Trim() // what cannot be given back is kept
}
