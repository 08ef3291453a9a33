// franz-go as a client of the suite; the lines are those of ../python/lines.py.
package main

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"log"
	"os"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
)

var codecs = map[string]kgo.CompressionCodec{
	"none":   kgo.NoCompression(),
	"gzip":   kgo.GzipCompression(),
	"snappy": kgo.SnappyCompression(),
	"lz4":    kgo.Lz4Compression(),
	"zstd":   kgo.ZstdCompression(),
}

var assignors = map[string]kgo.GroupBalancer{
	"range":              kgo.RangeBalancer(),
	"roundrobin":         kgo.RoundRobinBalancer(),
	"cooperative-sticky": kgo.CooperativeStickyBalancer(),
}

const lineBytesMax = 1 << 20

func main() {
	log.SetFlags(0)
	mode, brokers, topic := os.Args[1], os.Args[2], os.Args[3]
	common := []kgo.Opt{kgo.SeedBrokers(brokers), kgo.DefaultProduceTopic(topic)}
	switch mode {
	case "produce":
		produce(append(common, kgo.ProducerBatchCompression(codecs[os.Args[4]])))
	case "consume":
		count, err := strconv.Atoi(os.Args[4])
		check(err)
		consume(append(common, kgo.ConsumeTopics(topic),
			kgo.ConsumeResetOffset(kgo.NewOffset().AtStart())), count)
	case "member":
		member(append(common, kgo.ConsumeTopics(topic), kgo.ConsumerGroup(os.Args[4]),
			kgo.Balancers(assignors[os.Args[5]]), kgo.AutoCommitMarks(),
			kgo.AutoCommitInterval(500*time.Millisecond), kgo.SessionTimeout(6*time.Second),
			kgo.HeartbeatInterval(time.Second)))
	default:
		log.Fatalf("unknown mode %s", mode)
	}
}

func produce(options []kgo.Opt) {
	client := connect(options)
	defer client.Close()
	var failed atomic.Int64
	scanner := bufio.NewScanner(os.Stdin)
	scanner.Buffer(make([]byte, lineBytesMax), lineBytesMax)
	for scanner.Scan() {
		key, value, _ := bytes.Cut(bytes.Clone(scanner.Bytes()), []byte{'\t'})
		client.Produce(context.Background(), &kgo.Record{Key: key, Value: value},
			func(_ *kgo.Record, err error) {
				if err != nil && failed.Add(1) == 1 {
					log.Print(err)
				}
			})
	}
	check(scanner.Err())
	check(client.Flush(context.Background()))
	if failed.Load() > 0 {
		log.Fatalf("%d not delivered", failed.Load())
	}
}

func consume(options []kgo.Opt, left int) {
	client := connect(options)
	defer client.Close()
	out := bufio.NewWriterSize(os.Stdout, 1<<20)
	for left > 0 {
		for _, r := range poll(client) {
			out.Write(r.Key)
			out.WriteByte('\t')
			out.Write(r.Value)
			out.WriteByte('\n')
			left--
		}
	}
	check(out.Flush())
}

func member(options []kgo.Opt) {
	client := connect(options)
	out := bufio.NewWriterSize(os.Stdout, 1<<20)
	for {
		records := poll(client)
		for _, r := range records {
			fmt.Fprintf(out, "%d\t%d\t%s\t%s\n", r.Partition, r.Offset, r.Key, r.Value)
		}
		check(out.Flush())
		client.MarkCommitRecords(records...)
	}
}

func poll(client *kgo.Client) []*kgo.Record {
	fetches := client.PollFetches(context.Background())
	fetches.EachError(func(topic string, partition int32, err error) {
		log.Fatalf("%s-%d: %v", topic, partition, err)
	})
	return fetches.Records()
}

func connect(options []kgo.Opt) *kgo.Client {
	client, err := kgo.NewClient(options...)
	check(err)
	return client
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
