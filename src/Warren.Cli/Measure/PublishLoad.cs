using Warren.Client;

namespace Warren.Cli.Measure;

/// <summary>What <c>warren bench publish</c> is to do.</summary>
/// <param name="Connection">Where to.</param>
/// <param name="Queue">The queue, or null for one of its own.</param>
/// <param name="InFlight">The window.</param>
/// <param name="SizeOctets">Of a body.</param>
/// <param name="Persistent">Persistent messages, durable queue.</param>
/// <param name="Confirm">Await every confirm.</param>
/// <param name="Consume">Read the queue too, in a connection of its own.</param>
internal sealed record PublishLoad(ConnectionOptions Connection, string? Queue, int InFlight, int SizeOctets, bool Persistent, bool Confirm, bool Consume)
{
    /// <summary>Connects, declares the queue, starts the consumer. Publishing starts when the meter runs it.</summary>
    public async Task<RunningPublishLoad> StartAsync(Meter meter, CancellationToken cancellationToken)
    {
        var running = new RunningPublishLoad(this, meter);
        try
        {
            await running.StartAsync(cancellationToken);
            return running;
        }
        catch
        {
            await running.DisposeAsync();
            throw;
        }
    }
}
