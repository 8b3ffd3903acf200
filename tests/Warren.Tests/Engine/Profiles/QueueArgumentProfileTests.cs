using Warren.Amqp;

namespace Warren.Tests.Engine;

/// <summary>The rules in which releases of RabbitMQ differ, in every profile: which queues may be declared, and with which arguments.</summary>
public sealed class QueueArgumentProfileTests : ProfileBench
{
    private const string NotPermitted = "is deprecated. By default, this feature is not permitted anymore.";

    [Theory]
    [InlineData("3.10", 1, null)]
    [InlineData("3.13", 1, null)]
    [InlineData("4.2", 1, null)]
    [InlineData("4.3", 1, ": \"unsupported queue version '1'\"")]
    [InlineData("3.10", 2, null)]
    [InlineData("4.3", 2, null)]
    [InlineData("3.10", 3, ": \"unsupported queue version '3'\"")]
    [InlineData("4.2", 3, ": \"unsupported queue version '3'\"")]
    public void Row_86_the_queue_version(string profile, int version, string? fault) =>
        Declare(profile, new QueueDeclare("q", Durable: true, Arguments: FieldTable.Create(("x-queue-version", version))), "x-queue-version", fault);

    [Theory]
    [InlineData("3.10", "lazy", null)]
    [InlineData("3.10", "zzz", ": \"unsupported queue mode 'zzz'\"")]
    [InlineData("3.13", "zzz", ": \"unsupported queue mode 'zzz'\"")]
    [InlineData("4.2", "default", null)]
    [InlineData("4.2", "zzz", ": \"unsupported queue mode 'zzz'\"")]
    [InlineData("4.3", "zzz", null)]
    public void Row_85_the_queue_mode(string profile, string mode, string? fault) =>
        Declare(profile, new QueueDeclare("q", Durable: true, Arguments: FieldTable.Create(("x-queue-mode", mode))), "x-queue-mode", fault);

    [Theory]
    [InlineData("x-consumer-timeout", 5000)]
    [InlineData("x-consumer-disconnected-timeout", 5000)]
    [InlineData("x-delayed-retry-type", "all")]
    [InlineData("x-delayed-retry-min", 100)]
    [InlineData("x-delayed-retry-max", 1000)]
    public void Row_88_Row_92_arguments_of_4_3_are_unknown_before_and_refused_by_classic_queues_since(string name, object value)
    {
        foreach (var profile in (string[])["3.10", "3.13", "4.2"])
        {
            Declare(profile, new QueueDeclare("q", Durable: true, Arguments: FieldTable.Create((name, "any"))), name, null);
            Declare(profile, new QueueDeclare("q", Durable: true, Arguments: FieldTable.Create(("x-queue-type", "quorum"), (name, "any"))), name, null);
        }
        Declare("4.3", new QueueDeclare("q", Durable: true, Arguments: FieldTable.Create((name, value))), name, " of queue type rabbit_classic_queue");
        Declare("4.3", new QueueDeclare("q", Durable: true, Arguments: FieldTable.Create(("x-queue-type", "quorum"), (name, value))), name, null);
    }

    [Theory]
    [InlineData("3.10", true)]
    [InlineData("3.13", true)]
    [InlineData("4.2", true)]
    [InlineData("4.3", false)]
    public void Row_89_the_master_locator(string profile, bool isTaken)
    {
        var channel = Open(profile);
        channel.Send(new QueueDeclare("q", Durable: true, Arguments: FieldTable.Create(("x-queue-master-locator", "min-masters"))));
        if (isTaken)
            channel.Expect<QueueDeclareOk>();
        else
            channel.Connection.ExpectClose(ReplyCode.InternalError, "Feature `queue_master_locator` " + NotPermitted, MethodId.QueueDeclare);
    }

    [Theory]
    [InlineData("3.10", "client-local", " of queue type rabbit_classic_queue")]
    [InlineData("3.13", "client-local", " of queue type rabbit_classic_queue")]
    [InlineData("4.2", "client-local", null)]
    [InlineData("4.2", "zzz", ": invalid_queue_locator_arg")]
    [InlineData("3.10", "zzz", " of queue type rabbit_classic_queue")]
    [InlineData("4.3", "balanced", null)]
    public void Row_90_the_leader_locator_of_a_classic_queue(string profile, string locator, string? fault) => Declare(
        profile, new QueueDeclare("q", Durable: true, Arguments: FieldTable.Create(("x-queue-leader-locator", locator))), "x-queue-leader-locator", fault);

    [Theory]
    [InlineData("3.10", true)]
    [InlineData("3.13", true)]
    [InlineData("4.2", true)]
    [InlineData("4.3", false)]
    public void Row_73_a_transient_queue_that_is_not_exclusive(string profile, bool isTaken)
    {
        var channel = Open(profile);
        channel.DeclareQueue("mine", exclusive: true);
        channel.DeclareQueue("kept", durable: true);
        channel.Send(new QueueDeclare("q"));
        if (isTaken)
            channel.Expect<QueueDeclareOk>();
        else
            channel.Connection.ExpectClose(ReplyCode.InternalError, "Feature `transient_nonexcl_queues` " + NotPermitted, MethodId.QueueDeclare);
    }

    private void Declare(string profile, in QueueDeclare declare, string name, string? fault)
    {
        var channel = Open(profile);
        channel.Send(declare);
        if (fault is null)
            channel.Expect<QueueDeclareOk>();
        else
            channel.ExpectClose(ReplyCode.PreconditionFailed, $"invalid arg '{name}' for queue 'q' in vhost '/'{fault}", MethodId.QueueDeclare);
    }
}
