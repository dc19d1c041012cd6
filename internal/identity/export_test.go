package identity

import (
	"fmt"

	"golang.org/x/crypto/argon2"
)

// Hashed returns the cost of each hash of a password that do asks for, in order.
func Hashed(do func()) (costs []string) {
	argon = func(password, salt []byte, time, memory uint32, threads uint8, size uint32) []byte {
		costs = append(costs, fmt.Sprintf("%d passes over %d KiB, %d threads, %d bytes", time, memory, threads, size))
		return argon2.IDKey(password, salt, time, memory, threads, size)
	}
	defer func() { argon = argon2.IDKey }()
	do()
	return costs
}
