using Warren.Amqp;
using Warren.Broker;
using Warren.Client;
using Warren.Simulation;

namespace Warren.Tests.Broker.Durability;

/// <summary>Clients in the process, where no loop of epoll hears of the disk.</summary>
public sealed class JournalBellTests
{
    [Fact]
    public async Task A_client_in_the_process_gets_its_answers_and_confirms_when_the_disk_has_them()
    {
        var stopping = TestContext.Current.CancellationToken;
        var disk = new SimDisk();
        await using (var broker = await WarrenBroker.StartAsync(new BrokerOptions { InProcessOnly = true, Disk = disk, PasswordRounds = 1000 }, stopping))
        {
            await using var connection = await AmqpConnection.ConnectAsync(new ConnectionOptions { InProcess = broker }, stopping);
            var channel = await connection.OpenChannelAsync(stopping);
            await channel.DeclareQueueAsync("jobs", durable: true, cancellationToken: stopping);
            await channel.EnableConfirmsAsync(stopping);
            for (var i = 0; i < 100; i++)
                await channel.PublishConfirmedAsync("", "jobs", new byte[i], new BasicProperties { DeliveryMode = 2 }, cancellationToken: stopping);
        }

        await using var again = await WarrenBroker.StartAsync(new BrokerOptions { InProcessOnly = true, Disk = disk, PasswordRounds = 1000 }, stopping);
        await using var reader = await AmqpConnection.ConnectAsync(new ConnectionOptions { InProcess = again }, stopping);
        var reading = await reader.OpenChannelAsync(stopping);
        for (var i = 0; i < 100; i++)
            Assert.Equal(i, (await reading.GetAsync("jobs", noAck: true, stopping))!.Body.Length);
    }
}
