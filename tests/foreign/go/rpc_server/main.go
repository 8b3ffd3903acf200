// Serves fib on rpc_queue, as the RPC tutorial does. Broker: WARREN_URI; queue: WARREN_QUEUE.
package main

import (
	"context"
	"fmt"
	"log"
	"os"
	"strconv"

	amqp "github.com/rabbitmq/amqp091-go"
)

func main() {
	connection, err := amqp.Dial(os.Getenv("WARREN_URI"))
	check(err)
	channel, err := connection.Channel()
	check(err)
	queue, err := channel.QueueDeclare(or(os.Getenv("WARREN_QUEUE"), "rpc_queue"), false, false, false, false, nil)
	check(err)
	check(channel.Qos(1, 0, false))
	requests, err := channel.Consume(queue.Name, "", false, false, false, false, nil)
	check(err)

	fmt.Println(" [x] Awaiting RPC requests")
	for request := range requests {
		n, err := strconv.Atoi(string(request.Body))
		check(err)
		check(channel.PublishWithContext(context.Background(), "", request.ReplyTo, false, false, amqp.Publishing{
			ContentType:   "text/plain",
			CorrelationId: request.CorrelationId,
			Body:          []byte(strconv.Itoa(fib(n))),
		}))
		check(request.Ack(false))
	}
}

func fib(n int) int {
	if n < 2 {
		return n
	}
	return fib(n-1) + fib(n-2)
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}

func or(value, otherwise string) string {
	if value == "" {
		return otherwise
	}
	return value
}
