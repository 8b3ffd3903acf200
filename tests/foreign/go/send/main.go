// Sends one message to the queue hello: send [BODY]. Broker: WARREN_URI; queue: WARREN_QUEUE.
package main

import (
	"context"
	"fmt"
	"log"
	"os"
	"strings"

	amqp "github.com/rabbitmq/amqp091-go"
)

func main() {
	connection, err := amqp.Dial(os.Getenv("WARREN_URI"))
	check(err)
	defer connection.Close()
	channel, err := connection.Channel()
	check(err)
	queue, err := channel.QueueDeclare(or(os.Getenv("WARREN_QUEUE"), "hello"), false, false, false, false, nil)
	check(err)

	body := or(strings.Join(os.Args[1:], " "), "Hello World!")
	check(channel.PublishWithContext(context.Background(), "", queue.Name, false, false, amqp.Publishing{
		ContentType: "text/plain",
		Body:        []byte(body),
	}))
	fmt.Printf(" [x] Sent %s\n", body)
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
