package edge

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
)

func TestWorkIsWaitedFor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var w work
		w.wait() // for nothing
		start := time.Now()
		w.start(func() {
			time.Sleep(time.Second)
			w.start(func() { time.Sleep(time.Second) }) // more may begin meanwhile
		})
		done := make(chan struct{})
		go func() { w.wait(); close(done) }() // and more than one may wait
		w.wait()
		<-done
		require.Equal(t, 2*time.Second, time.Since(start))
		w.start(func() { time.Sleep(time.Second) })
		w.wait()
		require.Equal(t, 3*time.Second, time.Since(start))
	})
}
