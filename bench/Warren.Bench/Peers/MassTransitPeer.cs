using MassTransit;

namespace Warren.Bench.Peers;

/// <summary>
/// MassTransit's request client on RabbitMQ. Durability and publisher confirms are turned off, which favours it: no other
/// peer has them on in these calls.
/// </summary>
internal sealed class MassTransitPeer : IPeer
{
    private const string CallQueue = "bench-calls-masstransit";

    public string Name => "masstransit";

    public async Task<ICaller> ConnectCallerAsync(Uri broker)
    {
        var bus = Create(broker, _ => { });
        await bus.StartAsync();
        // The endpoint's exchange, and not its queue, whose arguments a sender would have to repeat one by one.
        var address = new Uri($"exchange:{CallQueue}?durable=false&autodelete=true");
        return new Caller(bus, bus.CreateRequestClient<EchoRequest>(address));
    }

    public async Task<IAsyncDisposable> ServeEchoAsync(Uri broker)
    {
        var bus = Create(broker, configure => configure.ReceiveEndpoint(CallQueue, endpoint =>
        {
            endpoint.Durable = false;
            endpoint.AutoDelete = true;
            endpoint.ConfigureConsumeTopology = false;
            endpoint.Handler<EchoRequest>(context => context.RespondAsync(new EchoReply(context.Message.Body)));
        }));
        await bus.StartAsync();
        return new StartedBus(bus);
    }

    private static IBusControl Create(Uri broker, Action<IRabbitMqBusFactoryConfigurator> more) =>
        MassTransit.Bus.Factory.CreateUsingRabbitMq(configure =>
        {
            configure.Host(broker, host => host.PublisherConfirmation = false);
            configure.PrefetchCount = 1000;
            more(configure);
        });

    private class StartedBus(IBusControl bus) : IAsyncDisposable
    {
        public async ValueTask DisposeAsync() => await bus.StopAsync();
    }

    private sealed class Caller(IBusControl bus, IRequestClient<EchoRequest> client) : StartedBus(bus), ICaller
    {
        public Task CallAsync(ReadOnlyMemory<byte> body) => client.GetResponse<EchoReply>(new EchoRequest(body.ToArray()));

        public int ReplyOctets(Task call) => ((Task<Response<EchoReply>>)call).Result.Message.Body.Length;
    }
}

/// <summary>Public, because MassTransit names its exchanges after the types of the messages and makes them by reflection.</summary>
public sealed record EchoRequest(byte[] Body);

/// <inheritdoc cref="EchoRequest"/>
public sealed record EchoReply(byte[] Body);
