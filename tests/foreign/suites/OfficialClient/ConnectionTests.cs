using System.Diagnostics;
using System.Net.Sockets;
using RabbitMQ.Client;
using RabbitMQ.Client.Events;
using RabbitMQ.Client.Exceptions;

namespace Warren.Suites;

/// <summary>Connections: closed, lost and recovered, blocked, refused.</summary>
internal sealed class ConnectionTests : Suite
{
    public async Task Close_tells_who_listens()
    {
        var connection = await ConnectAsync();
        var told = new TaskCompletionSource<ShutdownEventArgs>();
        connection.ConnectionShutdownAsync += (_, e) =>
        {
            told.TrySetResult(e);
            return Task.CompletedTask;
        };
        await connection.CloseAsync(200, "bye");
        Same((ShutdownInitiator.Application, (ushort)200, "bye"), ((await told.Task).Initiator, told.Task.Result.ReplyCode, told.Task.Result.ReplyText));
    }

    public async Task A_hard_error_shuts_the_connection_down()
    {
        var connection = await ConnectAsync(factory => factory.AutomaticRecoveryEnabled = false);
        var channel = await connection.CreateChannelAsync();
        var told = new TaskCompletionSource<ShutdownEventArgs>();
        connection.ConnectionShutdownAsync += (_, e) =>
        {
            told.TrySetResult(e);
            return Task.CompletedTask;
        };
        try
        {
            await channel.BasicQosAsync(prefetchSize: 1, 0, false);
        }
        catch (OperationInterruptedException)
        {
        }
        Same((ShutdownInitiator.Peer, (ushort)540), ((await told.Task).Initiator, told.Task.Result.ReplyCode));
    }

    public async Task A_soft_error_leaves_the_other_channels()
    {
        var connection = await ConnectAsync();
        var (bad, good) = (await connection.CreateChannelAsync(), await connection.CreateChannelAsync());
        var told = new TaskCompletionSource<ShutdownEventArgs>();
        bad.ChannelShutdownAsync += (_, e) =>
        {
            told.TrySetResult(e);
            return Task.CompletedTask;
        };
        await bad.BasicAckAsync(99, false);
        Same((ushort)406, (await told.Task).ReplyCode);
        Same("PRECONDITION_FAILED - unknown delivery tag 99", told.Task.Result.ReplyText);
        await good.QueueDeclareAsync(Name, false, true, false);
    }

    public async Task Recovery_brings_topology_and_consumers_back()
    {
        await using var relay = new Relay(Broker);
        var connection = await ConnectAsync(factory => factory.Uri = relay.Uri);
        var channel = await connection.CreateChannelAsync();
        await channel.ExchangeDeclareAsync(Name, ExchangeType.Fanout, durable: false, autoDelete: true);
        var queue = (await channel.QueueDeclareAsync()).QueueName; // Exclusive: gone with the connection, and named anew.
        await channel.QueueBindAsync(queue, Name, "");
        var received = 0;
        var consumer = new AsyncEventingBasicConsumer(channel);
        consumer.ReceivedAsync += (_, _) =>
        {
            Interlocked.Increment(ref received);
            return Task.CompletedTask;
        };
        await channel.BasicConsumeAsync(queue, true, consumer);
        await channel.BasicPublishAsync(Name, "", "m"u8.ToArray());
        await UntilAsync(() => Volatile.Read(ref received) == 1);

        var recovered = new TaskCompletionSource();
        connection.RecoverySucceededAsync += (_, _) =>
        {
            recovered.TrySetResult();
            return Task.CompletedTask;
        };
        relay.Cut();
        await recovered.Task;
        await channel.BasicPublishAsync(Name, "", "m"u8.ToArray());
        await UntilAsync(() => Volatile.Read(ref received) == 2);
    }

    public async Task The_server_cancels_a_consumer_of_a_deleted_queue()
    {
        var connection = await ConnectAsync();
        var (consuming, deleting) = (await connection.CreateChannelAsync(), await connection.CreateChannelAsync());
        await consuming.QueueDeclareAsync(Name, false, false, false);
        var consumer = new AsyncEventingBasicConsumer(consuming);
        var cancelled = new TaskCompletionSource<string>();
        consumer.UnregisteredAsync += (_, e) =>
        {
            cancelled.TrySetResult(e.ConsumerTags[0]);
            return Task.CompletedTask;
        };
        var tag = await consuming.BasicConsumeAsync(Name, false, consumer);
        await deleting.QueueDeleteAsync(Name);
        Same(tag, await cancelled.Task);
        Check(consuming.IsOpen, "the channel lives on");
    }

    public async Task A_wrong_password_is_refused()
    {
        try
        {
            await ConnectAsync(factory => factory.Password = "wrong");
        }
        catch (BrokerUnreachableException e) when (e.InnerException is AuthenticationFailureException)
        {
            return;
        }
        Check(false, "nobody is let in");
    }

    // The client does not wait for connection.open-ok: it hears of the refusal then, or when it opens a channel.
    public async Task A_missing_virtual_host_is_refused()
    {
        try
        {
            var connection = await ConnectAsync(factory => (factory.VirtualHost, factory.AutomaticRecoveryEnabled) = ("none", false));
            await connection.CreateChannelAsync();
        }
        catch (Exception e) when (e is BrokerUnreachableException or OperationInterruptedException)
        {
            return;
        }
        Check(false, "nobody is let in");
    }

    public async Task What_was_negotiated_holds()
    {
        var connection = await ConnectAsync(factory => (factory.RequestedChannelMax, factory.RequestedFrameMax, factory.RequestedHeartbeat) = (5, 65536, TimeSpan.FromSeconds(30)));
        Same(((ushort)5, 65536u, TimeSpan.FromSeconds(30)), (connection.ChannelMax, connection.FrameMax, connection.Heartbeat));
        for (var i = 0; i < 5; i++)
            await connection.CreateChannelAsync();
        try
        {
            await connection.CreateChannelAsync();
            Check(false, "the sixth channel is refused");
        }
        catch (ChannelAllocationException)
        {
        }
    }

    public async Task A_secret_may_be_updated()
    {
        var connection = await ConnectAsync();
        await connection.CreateChannelAsync(); // Until then the client takes connection.open-ok for the answer.
        await connection.UpdateSecretAsync("guest", "because");
    }

    public async Task Publishers_hear_that_they_are_blocked_and_unblocked()
    {
        var (connection, other) = (await ConnectAsync(), await ConnectAsync());
        var (channel, purging) = (await connection.CreateChannelAsync(), await other.CreateChannelAsync());
        var (blocked, unblocked) = (new TaskCompletionSource<string>(), new TaskCompletionSource());
        connection.ConnectionBlockedAsync += (_, e) =>
        {
            blocked.TrySetResult(e.Reason);
            return Task.CompletedTask;
        };
        connection.ConnectionUnblockedAsync += (_, _) =>
        {
            unblocked.TrySetResult();
            return Task.CompletedTask;
        };
        await channel.QueueDeclareAsync(Name, false, false, false);
        // RabbitMQ's limit is moved; Warren's is small, and what stands in the queue goes over it.
        var control = Environment.GetEnvironmentVariable("WARREN_CONTROL");
        if (control is not null)
            await ControlAsync(control, "set_vm_memory_high_watermark 0.00001");
        var publishing = Task.Run(async () =>
        {
            var body = new byte[1 << 20];
            for (var i = 0; i < 2000 && !blocked.Task.IsCompleted; i++)
                await channel.BasicPublishAsync("", Name, body);
        });
        Same("low on memory", await blocked.Task);
        if (control is not null)
            await ControlAsync(control, "set_vm_memory_high_watermark 0.4");
        await purging.QueueDeleteAsync(Name);
        await unblocked.Task;
        await publishing;
    }

    private static async Task ControlAsync(string command, string arguments)
    {
        using var process = Process.Start("bash", ["-c", $"{command} -q {arguments}"]);
        await process.WaitForExitAsync();
        Same(0, process.ExitCode);
    }

    /// <summary>A TCP relay that a test can cut.</summary>
    private sealed class Relay : IAsyncDisposable
    {
        private readonly Uri _broker;
        private readonly TcpListener _listener = new(System.Net.IPAddress.Loopback, 0);
        private readonly List<TcpClient> _ends = [];

        public Relay(Uri broker)
        {
            _broker = broker;
            _listener.Start();
            _ = AcceptAsync();
        }

        public Uri Uri => new($"amqp://{_broker.UserInfo}@127.0.0.1:{((System.Net.IPEndPoint)_listener.LocalEndpoint).Port}/");

        public void Cut()
        {
            lock (_ends)
            {
                _ends.ForEach(end => end.Dispose());
                _ends.Clear();
            }
        }

        public ValueTask DisposeAsync()
        {
            _listener.Stop();
            Cut();
            return ValueTask.CompletedTask;
        }

        private async Task AcceptAsync()
        {
            try
            {
                while (true)
                {
                    var client = await _listener.AcceptTcpClientAsync();
                    var broker = new TcpClient();
                    await broker.ConnectAsync(_broker.Host, _broker.Port);
                    lock (_ends)
                        _ends.AddRange([client, broker]);
                    _ = CopyAsync(client, broker);
                    _ = CopyAsync(broker, client);
                }
            }
            catch (Exception e) when (e is SocketException or ObjectDisposedException)
            {
            }
        }

        private static async Task CopyAsync(TcpClient from, TcpClient to)
        {
            try
            {
                await from.GetStream().CopyToAsync(to.GetStream());
            }
            catch (Exception e) when (e is IOException or ObjectDisposedException or InvalidOperationException)
            {
            }
            from.Dispose();
            to.Dispose();
        }
    }
}
