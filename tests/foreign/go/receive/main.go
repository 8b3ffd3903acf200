// Prints what arrives on the queue hello until it is stopped. Broker: WARREN_URI; queue: WARREN_QUEUE.
package main

import (
	"fmt"
	"log"
	"os"

	amqp "github.com/rabbitmq/amqp091-go"
)

func main() {
	connection, err := amqp.Dial(os.Getenv("WARREN_URI"))
	check(err)
	channel, err := connection.Channel()
	check(err)
	queue, err := channel.QueueDeclare(or(os.Getenv("WARREN_QUEUE"), "hello"), false, false, false, false, nil)
	check(err)
	deliveries, err := channel.Consume(queue.Name, "", true, false, false, false, nil)
	check(err)

	fmt.Println(" [*] Waiting for messages")
	for delivery := range deliveries {
		fmt.Printf(" [x] Received %s\n", delivery.Body)
	}
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
