namespace Warren.Conformance;

/// <summary>Scripts for the differential tests, in the words of <see cref="Differential.Step"/>: what random ones rarely come upon, and what they once found.</summary>
internal static class HandWrittenScripts
{
    public static IReadOnlyDictionary<string, string> All { get; } = new Dictionary<string, string>
    {
        ["Row 1.3: channels open, close and are reused; a second open ends the connection"] = """
            1/1 channel.open
            1/1 channel.close
            1/1 channel.open
            1/1 channel.flow active
            1/2 queue.declare queue=~q
            1/1 channel.open
            1/2 queue.declare queue=~q passive
            1/2 channel.flow
            """,
        ["Row 41: methods on a channel that is not open"] = """
            1/1 queue.declare queue=~q
            1/1 unopened method=basic.get queue=~q
            1/1 unopened method=basic.publish exchange= key=~q
            1/1 unopened method=channel.close
            1/1 queue.declare queue=~q passive
            """,
        ["Row 46: a transaction, its returns and its rollback"] = """
            1/1 queue.declare queue=~q
            1/1 tx.select
            1/1 basic.publish exchange= key=~q body=one
            1/1 basic.publish exchange= key=nowhere mandatory body=two
            1/2 basic.get queue=~q
            1/1 tx.commit
            1/1 basic.get queue=~q
            1/1 basic.nack delivery=@0 requeue
            1/1 tx.rollback
            1/1 basic.ack delivery=1
            1/1 tx.commit
            1/1 basic.publish exchange=~missing key=k
            1/1 confirm.select
            1/2 tx.commit
            """,
        ["Row 47: confirms and transactions exclude each other"] = """
            1/1 confirm.select
            1/1 tx.select
            1/1 tx.select
            1/1 confirm.select
            1/1 tx.rollback
            """,
        ["Row 51: nothing is done with the default exchange"] = """
            1/1 queue.declare queue=~q
            1/1 exchange.declare exchange= type=direct
            1/1 exchange.declare exchange= type=direct passive
            1/1 exchange.delete exchange=
            1/1 queue.bind queue=~q exchange= key=k
            1/1 queue.unbind queue=~q exchange= key=k
            1/1 exchange.bind destination= source=amq.direct key=k
            1/1 exchange.bind destination=amq.direct source= key=k
            """,
        ["Rows 53 to 56: reserved names, unknown types, exchanges in use"] = """
            1/1 exchange.declare exchange=amq.mine type=direct
            1/1 exchange.declare exchange=amq.direct type=direct durable
            1/1 exchange.declare exchange=amq.direct type=direct
            1/1 exchange.declare exchange=~e type=zzz
            1/1 exchange.declare exchange=~e type=
            1/1 exchange.declare exchange=~e type=direct passive
            1/1 exchange.delete exchange=amq.direct
            1/1 exchange.delete exchange=amq.nope
            1/1 exchange.delete exchange=~missing if-unused
            1/1 exchange.declare exchange=~e type=direct
            1/1 queue.declare queue=~q
            1/1 queue.bind queue=~q exchange=~e key=k
            1/1 exchange.delete exchange=~e if-unused
            1/1 exchange.declare exchange=~e type=fanout
            1/1 exchange.declare exchange=~e type=direct auto-delete
            1/1 exchange.declare exchange=~e type=direct internal
            1/1 exchange.declare exchange=~e type=direct arg.alternate-exchange=S:x
            1/1 exchange.declare exchange=~e type=direct arg.other=S:x
            """,
        ["Rows 57, 59: exchanges that delete themselves, and a cycle"] = """
            1/1 exchange.declare exchange=~a type=fanout auto-delete
            1/1 exchange.declare exchange=~b type=fanout auto-delete
            1/1 queue.declare queue=~q
            1/1 exchange.bind destination=~b source=~a key=
            1/1 exchange.bind destination=~a source=~b key=
            1/1 queue.bind queue=~q exchange=~b key=
            1/1 basic.publish exchange=~a key=k body=once
            1/1 queue.delete queue=~q
            1/1 basic.publish exchange=~a key=k mandatory
            1/1 exchange.unbind destination=~b source=~a key=
            1/1 exchange.declare exchange=~a type=fanout passive
            1/1 exchange.declare exchange=~b type=fanout passive
            """,
        ["Row 58: the alternate exchange takes what cannot be routed"] = """
            1/1 exchange.declare exchange=~a type=direct arg.alternate-exchange=S:~b
            1/1 basic.publish exchange=~a key=k mandatory body=returned
            1/1 exchange.declare exchange=~b type=fanout internal
            1/1 basic.publish exchange=~a key=k mandatory body=returned
            1/1 queue.declare queue=~q
            1/1 queue.bind queue=~q exchange=~b key=
            1/1 basic.publish exchange=~a key=k mandatory body=taken
            1/1 basic.publish exchange=~b key=k body=refused
            """,
        ["Rows 64 to 66: names that the broker makes, and the empty name"] = """
            1/1 basic.get queue=
            1/1 queue.declare queue=
            1/1 queue.bind queue= exchange=amq.direct key=
            1/1 basic.publish exchange=amq.direct key={gen:1} body=one
            1/1 basic.get queue= no-ack
            1/1 queue.declare queue={gen:1}
            1/1 queue.declare queue={gen:1} passive
            1/1 queue.declare queue=amq.mine
            """,
        ["Rows 67, 68: another declaration, another connection"] = """
            1/1 queue.declare queue=~q
            1/1 queue.declare queue=~q durable
            1/1 queue.declare queue=~q auto-delete
            1/1 queue.declare queue=~q exclusive
            1/1 queue.declare queue=~q arg.x-max-length=I:5
            1/1 queue.declare queue=~q arg.x-queue-type=S:classic
            1/1 queue.declare queue=~q arg.other=I:5
            1/1 queue.declare queue=~l arg.x-max-length=I:5 arg.x-queue-mode=S:lazy
            1/1 queue.declare queue=~l arg.x-max-length=l:5 arg.x-queue-mode=S:lazy
            1/1 queue.declare queue=~l arg.x-max-length=l:6 arg.x-queue-mode=S:lazy
            1/1 queue.declare queue=~l
            1/1 queue.declare queue=~x exclusive
            2/1 queue.declare queue=~x passive
            2/1 basic.get queue=~x
            2/1 basic.consume queue=~x consumer=t
            2/1 queue.purge queue=~x
            2/1 queue.delete queue=~x
            2/1 queue.bind queue=~x exchange=amq.direct key=k
            2/1 queue.bind queue=~x exchange=amq.headers arg.x-match=S:zzz
            2/1 queue.unbind queue=~x exchange=amq.direct key=k
            2/1 basic.publish exchange= key=~x body=allowed
            1/1 queue.declare queue=~x
            1/1 connection.close
            2/1 queue.declare queue=~x
            """,
        ["Rows 70 to 74: queues that delete themselves, deletes with conditions, consumers that hear of it"] = """
            1/1 queue.declare queue=~q auto-delete
            1/1 basic.consume queue=~q consumer=a
            1/2 basic.consume queue=~q consumer=b
            1/1 basic.cancel consumer=a
            1/1 basic.cancel consumer=nobody
            1/2 channel.close
            1/1 queue.delete queue=~q
            1/1 queue.purge queue=~q
            1/1 queue.declare queue=~q
            1/1 basic.publish exchange= key=~q
            1/1 queue.delete queue=~q if-empty
            2/1 basic.consume queue=~q consumer=c
            3/1 basic.consume queue=~q consumer=d
            1/1 queue.delete queue=~q if-unused
            1/1 queue.delete queue=~q
            2/1 basic.cancel consumer=c
            3/1 basic.cancel consumer=d
            """,
        ["Rows 76 to 80: limits and dead letters"] = """
            1/1 queue.declare queue=~d
            1/1 queue.declare queue=~q arg.x-max-length=I:2 arg.x-dead-letter-exchange=S: arg.x-dead-letter-routing-key=S:~d
            1/1 confirm.select
            1/1 basic.publish exchange= key=~q body=1
            1/1 basic.publish exchange= key=~q body=2 header.a=I:1 header.CC=A:[S:x]
            1/1 basic.publish exchange= key=~q body=3 prop.expiration=3600000
            1/1 basic.publish exchange= key=~q body=4
            1/1 basic.get queue=~q
            1/1 basic.reject delivery=@0
            1/1 basic.publish exchange= key=~q body=5 prop.expiration=0
            1/1 basic.publish exchange= key=~q body=6
            """,
        ["Row 79: a full queue that rejects"] = """
            1/1 queue.declare queue=~d
            1/1 queue.declare queue=~r arg.x-max-length=I:1 arg.x-overflow=S:reject-publish
            1/1 queue.declare queue=~s arg.x-max-length=I:1 arg.x-overflow=S:reject-publish-dlx arg.x-dead-letter-exchange=S: arg.x-dead-letter-routing-key=S:~d
            1/1 confirm.select
            1/1 basic.publish exchange= key=~r body=1
            1/1 basic.publish exchange= key=~r body=2 mandatory
            1/1 basic.publish exchange= key=~s body=1
            1/1 basic.publish exchange= key=~s body=2 mandatory
            +1/1 basic.publish exchange= key=~r body=3
            +1/1 basic.publish exchange= key=~d body=4
            1/1 basic.publish exchange= key=~r body=5
            """,
        ["Row 81: a dead letter whose queue is gone stays in its own"] = """
            1/1 queue.declare queue=~q durable arg.x-queue-type=S:quorum arg.x-dead-letter-strategy=S:at-least-once arg.x-overflow=S:reject-publish arg.x-dead-letter-exchange=S: arg.x-dead-letter-routing-key=S:~dead
            1/1 queue.declare queue=~dead
            1/1 basic.consume queue=~q consumer=c
            1/1 basic.publish exchange= key=~q body=one
            1/1 basic.publish exchange= key=~q body=two
            1/1 basic.reject delivery=@0
            1/1 basic.get queue=~dead
            1/1 queue.delete queue=~dead
            1/1 basic.reject delivery=@1
            1/1 queue.declare queue=~q passive
            1/1 queue.purge queue=~q
            1/1 queue.declare queue=~dead
            1/1 queue.delete queue=~q
            1/1 queue.declare queue=~dead passive
            """,
        ["Row 81: a rejected message comes back as its own dead letter"] = """
            1/1 queue.declare queue=~q durable arg.x-queue-type=S:quorum arg.x-dead-letter-strategy=S:at-least-once arg.x-overflow=S:reject-publish arg.x-dead-letter-exchange=S: arg.x-dead-letter-routing-key=S:~q
            1/1 basic.consume queue=~q consumer=c
            1/1 basic.publish exchange= key=~q body=one
            1/1 basic.reject delivery=@0
            1/1 basic.reject delivery=@1
            1/1 queue.declare queue=~q passive
            1/1 queue.delete queue=~q
            """,
        ["Row 81: one queue refuses the letter, one takes it, and the third is where it died"] = """
            1/1 exchange.declare exchange=~x type=fanout
            1/1 queue.declare queue=~q durable arg.x-queue-type=S:quorum arg.x-dead-letter-strategy=S:at-least-once arg.x-overflow=S:reject-publish arg.x-delivery-limit=I:1 arg.x-dead-letter-exchange=S:~x
            1/1 queue.declare queue=~a arg.x-max-length=I:0 arg.x-overflow=S:reject-publish
            1/1 queue.declare queue=~b
            1/1 queue.bind queue=~a exchange=~x
            1/1 queue.bind queue=~b exchange=~x
            1/1 queue.bind queue=~q exchange=~x
            1/1 basic.consume queue=~q consumer=c
            1/1 basic.publish exchange= key=~q body=one header.h=S:a
            1/1 basic.nack delivery=@0 requeue
            1/1 basic.nack delivery=@1 requeue
            1/1 basic.get queue=~b
            1/1 queue.declare queue=~q passive
            1/1 queue.declare queue=~a passive
            1/1 queue.purge queue=~q
            1/1 queue.delete queue=~a
            1/1 queue.delete queue=~q
            """,
        ["Rows 82, 83: priorities, and one active consumer"] = """
            1/1 queue.declare queue=~p arg.x-max-priority=I:3
            1/1 basic.publish exchange= key=~p body=0
            1/1 basic.publish exchange= key=~p body=2 prop.priority=2
            1/1 basic.publish exchange= key=~p body=9 prop.priority=9
            1/1 basic.publish exchange= key=~p body=3 prop.priority=3
            1/1 basic.consume queue=~p consumer=p no-ack
            1/1 queue.declare queue=~s arg.x-single-active-consumer=t:true
            1/1 basic.consume queue=~s consumer=a
            1/2 basic.consume queue=~s consumer=b
            1/1 basic.publish exchange= key=~s body=1
            1/1 basic.publish exchange= key=~s body=2
            1/1 basic.cancel consumer=a
            1/1 basic.publish exchange= key=~s body=3
            1/1 basic.nack delivery=@0 multiple requeue
            1/2 basic.consume queue=~s consumer=c exclusive
            """,
        ["Rows 98 to 102: bindings"] = """
            1/1 queue.declare queue=~q
            1/1 queue.bind queue=~q exchange=amq.headers key=a arg.x-match=S:all arg.h=I:1
            1/1 queue.bind queue=~q exchange=amq.headers key=a arg.x-match=S:all arg.h=I:1
            1/1 queue.bind queue=~q exchange=amq.headers key=a arg.x-match=S:any arg.k=V:
            1/1 basic.publish exchange=amq.headers key=k header.h=I:1 header.k=S:a mandatory body=once
            1/1 basic.publish exchange=amq.headers key=k header.h=l:1 mandatory body=wide
            1/1 basic.publish exchange=amq.headers key=k header.h=S:1 mandatory body=text
            1/1 basic.publish exchange=amq.headers key=k mandatory body=nothing
            1/1 queue.unbind queue=~q exchange=amq.headers key=a
            1/1 queue.unbind queue=~q exchange=amq.headers key=a arg.x-match=S:all arg.h=I:1
            1/1 basic.publish exchange=amq.headers key=k header.h=I:1 mandatory body=unbound
            1/1 queue.bind queue=~q exchange=amq.headers key=a arg.x-match=S:zzz
            1/1 queue.bind queue=~q exchange=amq.headers key=a arg.x-match=I:1
            1/1 queue.bind queue=~q exchange=amq.topic key=a.*
            1/1 queue.bind queue=~q exchange=amq.topic key=#.#
            1/1 basic.publish exchange=amq.topic key=a. mandatory body=once
            """,
        ["Row 103: further keys in headers"] = """
            1/1 queue.declare queue=~a
            1/1 queue.declare queue=~b
            1/1 basic.publish exchange= key=~a header.CC=A:[S:~b;S:~a] header.BCC=A:[S:~b] body=1
            1/1 basic.publish exchange= key=nowhere header.BCC=A:[S:~b] mandatory body=2
            1/1 basic.publish exchange= key=nowhere header.BCC=A:[S:nowhere] mandatory body=3
            1/1 basic.publish exchange= key=~a header.CC=S:~b body=4
            1/1 basic.publish exchange= key=~a header.BCC=I:5 body=5
            1/1 basic.publish exchange= key=~a header.CC=A:[I:1] body=6
            """,
        ["Rows 105, 111, 112: publishes that are refused"] = """
            1/1 queue.declare queue=~q
            1/1 basic.publish exchange=~missing key=k
            1/1 basic.publish exchange= key=~q prop.expiration=abc
            1/1 basic.publish exchange= key=~q prop.expiration=-5
            1/1 basic.publish exchange= key=~q prop.expiration=1.5
            1/1 basic.publish exchange= key=~q prop.expiration=4294967296
            1/1 basic.publish exchange= key=~q prop.expiration=
            1/1 basic.publish exchange= key=~q prop.user-id=bob
            1/1 basic.publish exchange= key=~q prop.user-id=guest
            1/1 basic.publish exchange= key=~q immediate
            """,
        ["Row 106: a return comes before its confirm"] = """
            1/1 queue.declare queue=~q
            1/1 confirm.select
            1/1 basic.publish exchange= key=nowhere mandatory body=1
            +1/1 basic.publish exchange= key=~q mandatory body=2
            +1/1 basic.publish exchange= key=nowhere mandatory body=3
            1/1 basic.publish exchange=amq.fanout key=nowhere body=4
            """,
        ["Rows 116, 117: tags and exclusive consumers"] = """
            1/1 queue.declare queue=~q
            1/1 basic.consume queue=~q consumer=
            1/1 basic.cancel consumer={tag:1}
            1/1 basic.consume queue=~q consumer=a exclusive
            1/2 basic.consume queue=~q consumer=b
            1/1 basic.cancel consumer=a
            1/2 basic.consume queue=~q consumer=b
            1/1 basic.consume queue=~q consumer=c exclusive
            1/2 basic.consume queue=~q consumer=b
            1/2 queue.declare queue=~q passive
            """,
        ["Rows 119 to 124: turns, prefetch and requeue"] = """
            1/1 queue.declare queue=~q
            1/1 basic.qos count=1
            1/1 basic.consume queue=~q consumer=a
            1/1 basic.qos count=2
            1/1 basic.consume queue=~q consumer=b
            1/2 basic.qos count=1 global
            1/2 basic.consume queue=~q consumer=c
            +1/1 basic.publish exchange= key=~q body=1
            +1/1 basic.publish exchange= key=~q body=2
            +1/1 basic.publish exchange= key=~q body=3
            +1/1 basic.publish exchange= key=~q body=4
            +1/1 basic.publish exchange= key=~q body=5
            1/1 basic.publish exchange= key=~q body=6
            1/1 basic.nack delivery=@1 requeue
            1/1 basic.ack delivery=@0 multiple
            1/1 basic.ack delivery=0 multiple
            1/1 basic.ack delivery=0 multiple
            1/1 basic.ack delivery=99
            1/2 basic.reject delivery=@0
            1/2 basic.nack delivery=99
            """,
        ["Row 122: a limit for each consumer lifts the channel's"] = """
            1/1 queue.declare queue=~q
            1/1 basic.qos count=1 global
            1/1 basic.consume queue=~q consumer=a
            1/2 basic.publish exchange= key=~q body=1
            1/2 basic.publish exchange= key=~q body=2
            1/1 basic.qos count=3
            1/2 basic.publish exchange= key=~q body=3
            """,
        ["Row 126: recover"] = """
            1/1 queue.declare queue=~q
            1/1 basic.publish exchange= key=~q body=1
            1/1 basic.publish exchange= key=~q body=2
            1/1 basic.get queue=~q
            1/1 basic.consume queue=~q consumer=a
            1/1 basic.recover requeue
            1/1 basic.recover-async requeue
            1/1 basic.recover
            """,
        ["Row 129: deliveries of a quorum queue are counted"] = """
            1/1 queue.declare queue=~d
            1/1 queue.declare queue=~q durable arg.x-queue-type=S:quorum arg.x-delivery-limit=I:2 arg.x-dead-letter-exchange=S: arg.x-dead-letter-routing-key=S:~d
            1/1 basic.publish exchange= key=~q body=0 prop.delivery-mode=2
            1/1 basic.get queue=~q no-ack
            1/1 basic.publish exchange= key=~q body=1 prop.delivery-mode=2
            1/1 basic.consume queue=~q consumer=a
            1/1 basic.nack delivery=@0 requeue
            1/1 basic.reject delivery=@0 requeue
            1/1 basic.reject delivery=@0 requeue
            """,
        ["Rows 132 to 136: the story of a dead letter"] = """
            1/1 exchange.declare exchange=~dlx type=topic
            1/1 queue.declare queue=~d arg.x-message-ttl=I:0 arg.x-dead-letter-exchange=S:~dlx arg.x-dead-letter-routing-key=S:end
            1/1 queue.declare queue=~end
            1/1 queue.bind queue=~d exchange=~dlx key=#.k
            1/1 queue.bind queue=~end exchange=~dlx key=end
            1/1 queue.declare queue=~q arg.x-dead-letter-exchange=S:~dlx
            1/1 queue.bind queue=~q exchange=amq.direct key=k
            1/1 basic.publish exchange=amq.direct key=k body=1 header.CC=A:[S:cc.k] header.BCC=A:[S:bcc.k] prop.expiration=3600000 prop.priority=3 header.z=I:1
            1/1 basic.get queue=~q
            1/1 basic.nack delivery=@0
            1/1 basic.get queue=~end
            1/1 basic.nack delivery=@0 requeue
            """,
        ["Row 136: a cycle that a client keeps going counts"] = """
            1/1 queue.declare queue=~q arg.x-dead-letter-exchange=S: arg.x-dead-letter-routing-key=S:~q
            1/1 basic.publish exchange= key=~q body=1
            1/1 basic.get queue=~q
            1/1 basic.reject delivery=@0
            1/1 basic.get queue=~q
            1/1 basic.reject delivery=@0
            1/1 basic.get queue=~q
            1/1 queue.declare queue=~t arg.x-message-ttl=I:0 arg.x-dead-letter-exchange=S: arg.x-dead-letter-routing-key=S:~t
            1/1 basic.publish exchange= key=~t body=2
            """,
        ["Rows 139 to 143: direct reply-to"] = """
            1/1 queue.declare queue=~q
            1/1 basic.consume queue=amq.rabbitmq.reply-to consumer=r no-ack
            1/1 basic.publish exchange= key=~q prop.reply-to=amq.rabbitmq.reply-to body=request
            2/1 basic.get queue=~q no-ack
            2/1 queue.declare queue={reply:1} passive
            2/1 basic.publish exchange= key={reply:1} body=reply
            2/1 basic.publish exchange= key={reply:1} mandatory body=reply
            1/1 basic.consume queue=amq.rabbitmq.reply-to consumer=s no-ack
            2/1 queue.declare queue={reply:1} passive
            2/1 basic.publish exchange= key={reply:1} mandatory body=late
            1/1 basic.consume queue=amq.rabbitmq.reply-to consumer=r
            1/1 basic.publish exchange= key=~q prop.reply-to=amq.rabbitmq.reply-to
            1/1 queue.declare queue=amq.rabbitmq.reply-to
            1/1 queue.declare queue=amq.rabbitmq.reply-to passive
            """,
        ["Row 44: what a channel and a connection held comes back"] = """
            1/1 queue.declare queue=~q
            +1/1 basic.publish exchange= key=~q body=1
            +1/1 basic.publish exchange= key=~q body=2
            1/1 basic.publish exchange= key=~q body=3
            2/1 basic.consume queue=~q consumer=a
            2/1 basic.ack delivery=@1
            2/1 channel.close
            2/1 basic.consume queue=~q consumer=a
            2/1 drop
            1/1 basic.get queue=~q
            1/1 basic.ack delivery=77
            1/1 basic.get queue=~q
            """,
    };
}
