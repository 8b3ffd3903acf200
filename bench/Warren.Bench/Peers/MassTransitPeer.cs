using MassTransit;

namespace Warren.Bench.Peers;

/// <summary>
/// MassTransit's request client on RabbitMQ: as it comes, which is durable and with publisher confirms; and with both turned off, which favours it, as no
/// other peer has them on in these calls.
/// </summary>
internal sealed class MassTransitPeer(bool isAsItComes) : IPeer
{
    private string CallQueue => $"bench-calls-{Name}";

    public string Name => isAsItComes ? "masstransit-defaults" : "masstransit";

    public async Task<ICaller> ConnectCallerAsync(Uri broker)
    {
        var bus = Create(broker, _ => { });
        await bus.StartAsync();
        // The endpoint's exchange, and not its queue, whose arguments a sender would have to repeat one by one.
        var address = new Uri(isAsItComes ? $"exchange:{CallQueue}" : $"exchange:{CallQueue}?durable=false&autodelete=true");
        return new Caller(bus, bus.CreateRequestClient<EchoRequest>(address));
    }

    public async Task<IAsyncDisposable> ServeEchoAsync(Uri broker)
    {
        var bus = Create(broker, configure => configure.ReceiveEndpoint(CallQueue, endpoint =>
        {
            endpoint.Durable = isAsItComes;
            endpoint.AutoDelete = !isAsItComes;
            endpoint.ConfigureConsumeTopology = false;
            endpoint.Handler<EchoRequest>(context => context.RespondAsync(new EchoReply(context.Message.Body)));
        }));
        await bus.StartAsync();
        return new StartedBus(bus);
    }

    private IBusControl Create(Uri broker, Action<IRabbitMqBusFactoryConfigurator> more) =>
        MassTransit.Bus.Factory.CreateUsingRabbitMq(configure =>
        {
            configure.Host(broker, host => host.PublisherConfirmation = isAsItComes);
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
