//go:build !libc.membrk && !libc.memgrind && (amd64 || arm64 || loong64 || ppc64le || s390x || riscv64 || 386 || arm)

package store

import (
	"reflect"
	"testing"
	"time"

	"modernc.org/libc"
)

// TestTrim: the names lead to the allocator that SQLite uses and to its lock, and
// what was freed is given back.
func TestTrim(t *testing.T) {
	tls := libc.NewTLS()
	defer tls.Close()
	regions := func() int {
		allocatorMu.Lock()
		defer allocatorMu.Unlock()
		return reflect.ValueOf(&allocator).Elem().FieldByName("regs").Len()
	}
	trim()
	before := regions()
	var blocks []uintptr
	for range 100 {
		p := libc.Xmalloc(tls, 1<<20)
		if p == 0 {
			t.Fatal("no memory")
		}
		blocks = append(blocks, p)
	}
	if got := regions(); got < before+100 {
		t.Fatalf("%d regions, %d before: this is another allocator", got, before)
	}
	for _, p := range blocks {
		libc.Xfree(tls, p)
	}
	trim()
	if got := regions(); got > before {
		t.Errorf("%d regions, %d before", got, before)
	}

	allocatorMu.Lock()
	done := make(chan bool)
	go func() {
		tls := libc.NewTLS()
		libc.Xfree(tls, libc.Xmalloc(tls, 100))
		tls.Close()
		done <- true
	}()
	select {
	case <-done:
		t.Error("memory is given without the lock: it is another")
	case <-time.After(100 * time.Millisecond):
	}
	allocatorMu.Unlock()
	<-done
}
