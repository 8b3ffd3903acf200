using Warren.Broker;

namespace Warren.Conformance.Fixtures;

/// <summary>The brokers that every conformance test runs against.</summary>
public enum BrokerKind
{
    Warren,
    RabbitMq,
}

/// <summary>A Warren broker for the tests of one class, on a free port, beside the one RabbitMQ of the whole run.</summary>
public sealed class Brokers(SharedRabbitMq rabbitMq) : IAsyncLifetime
{
    private WarrenBroker _warren = null!;

    /// <summary>A row per broker.</summary>
    public static TheoryData<BrokerKind> Both { get; } = [BrokerKind.Warren, BrokerKind.RabbitMq];

    public async ValueTask InitializeAsync() => _warren = await WarrenBroker.StartAsync();

    public async ValueTask DisposeAsync() => await _warren.DisposeAsync();

    /// <summary>The broker's URI; starts RabbitMQ when the first test asks for it.</summary>
    public async Task<string> UriOfAsync(BrokerKind kind) => kind == BrokerKind.Warren ? _warren.Uri.ToString() : (await rabbitMq.GetUriAsync()).ToString();
}
