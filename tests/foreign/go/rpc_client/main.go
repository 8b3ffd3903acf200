// Calls fib on rpc_queue and prints the reply: rpc_client N. Broker: WARREN_URI; queue: WARREN_QUEUE.
package main

import (
	"context"
	"fmt"
	"log"
	"os"

	amqp "github.com/rabbitmq/amqp091-go"
)

func main() {
	connection, err := amqp.Dial(os.Getenv("WARREN_URI"))
	check(err)
	defer connection.Close()
	channel, err := connection.Channel()
	check(err)
	replyQueue, err := channel.QueueDeclare("", false, false, true, false, nil)
	check(err)
	replies, err := channel.Consume(replyQueue.Name, "", true, false, false, false, nil)
	check(err)

	check(channel.PublishWithContext(context.Background(), "", or(os.Getenv("WARREN_QUEUE"), "rpc_queue"), false, false, amqp.Publishing{
		ContentType:   "text/plain",
		CorrelationId: "call-1",
		ReplyTo:       replyQueue.Name,
		Body:          []byte(os.Args[1]),
	}))
	for reply := range replies {
		if reply.CorrelationId == "call-1" {
			fmt.Printf(" [.] Got %s\n", reply.Body)
			return
		}
	}
	log.Fatal("the connection closed before the reply")
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
