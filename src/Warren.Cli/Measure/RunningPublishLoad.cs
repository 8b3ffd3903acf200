using System.Diagnostics;
using Warren.Amqp;
using Warren.Client;

namespace Warren.Cli.Measure;

/// <summary>The connections of a publish measurement, and its two loads: a stream of messages, or many awaited confirms.</summary>
internal sealed class RunningPublishLoad(PublishLoad load, Meter meter) : IAsyncDisposable
{
    private readonly string _queue = load.Queue ?? $"warren.bench.{Guid.NewGuid():N}";
    private readonly BasicProperties _properties = load.Persistent ? BasicProperties.Persistent : BasicProperties.Empty;
    private readonly byte[] _body = new byte[load.SizeOctets];
    private AmqpConnection? _publishing;
    private AmqpConnection? _consuming;
    private AmqpChannel? _publisher;
    private InFlightWindow? _window; // Null when nobody tells how far the consumer is.

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        _publishing = await AmqpConnection.ConnectAsync(load.Connection, cancellationToken);
        _publisher = await _publishing.OpenChannelAsync(cancellationToken);
        if (load.Queue is null)
            await _publisher.DeclareQueueAsync(_queue, durable: load.Persistent, cancellationToken: cancellationToken);
        else
            await _publisher.DeclareQueuePassiveAsync(_queue, cancellationToken);
        if (load.Confirm)
            await _publisher.EnableConfirmsAsync(cancellationToken);
        if (load.Consume)
            await StartConsumerAsync(cancellationToken);
    }

    /// <summary>Publishes until it is cancelled.</summary>
    public Task PublishAsync(CancellationToken cancellationToken)
    {
        if (load.Confirm)
            return Task.WhenAll(Enumerable.Range(0, load.InFlight).Select(i => ConfirmLoopAsync(meter.LaneOf(i), cancellationToken)).ToArray());
        return Task.Run(() => StreamAsync(cancellationToken), CancellationToken.None);
    }

    public async ValueTask DisposeAsync()
    {
        if (_consuming is { } consuming)
            await consuming.CloseAsync();
        if (_publishing is { } publishing)
        {
            if (load.Queue is null && _publisher is { IsOpen: true } publisher)
                await publisher.DeleteQueueAsync(_queue);
            await publishing.CloseAsync();
        }
        _window?.Dispose();
    }

    private async Task StartConsumerAsync(CancellationToken cancellationToken)
    {
        var window = load.Confirm ? null : _window = new InFlightWindow(load.InFlight, meter.LaneOf(0));
        _consuming = await AmqpConnection.ConnectAsync(load.Connection, cancellationToken);
        var consumer = await _consuming.OpenChannelAsync(cancellationToken);
        await consumer.ConsumeAsync(
            _queue,
            (_, _) =>
            {
                window?.Left();
                return default;
            },
            new ConsumeOptions { NoAck = true },
            cancellationToken);
    }

    private async Task StreamAsync(CancellationToken cancellationToken)
    {
        ShortString routingKey = _queue;
        var lane = _window is null ? meter.LaneOf(0) : null;
        while (!cancellationToken.IsCancellationRequested)
        {
            if (_window is { } window)
                await window.EnterAsync(cancellationToken);
            await _publisher!.PublishAsync("", routingKey, _body, _properties, cancellationToken: cancellationToken);
            lane?.Add();
        }
    }

    private async Task ConfirmLoopAsync(Meter.Lane lane, CancellationToken cancellationToken)
    {
        ShortString routingKey = _queue;
        await Task.Yield();
        while (!cancellationToken.IsCancellationRequested)
        {
            var start = Stopwatch.GetTimestamp();
            await _publisher!.PublishConfirmedAsync("", routingKey, _body, _properties, cancellationToken: CancellationToken.None);
            lane.Add(since: start);
        }
    }
}
