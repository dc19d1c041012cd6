//go:build !linux || libc.membrk || libc.memgrind || !(amd64 || arm64 || loong64 || ppc64le || s390x || riscv64 || 386 || arm)

package store

// trim does nothing where the allocator of SQLite is another.
func trim() {}
