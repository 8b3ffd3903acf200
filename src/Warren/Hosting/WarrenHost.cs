using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Warren.Amqp;
using Warren.Client;

namespace Warren;

/// <summary>
/// One connection in the life of its application: connect when it starts, serve when it has started, drain before anything else stops. The container
/// closes the bus, when everything that was made with it has been disposed.
/// </summary>
internal sealed class WarrenHost(string name, IServiceProvider services, ServedContracts served) : IHostedLifecycleService
{
    private readonly CancellationTokenSource _stopping = new();
    private readonly ILogger _log = services.LoggerFactory().CreateLogger<Bus>();
    private readonly RunningServers _running = services.GetRequiredKeyedService<RunningServers>(name);
    private Task _starting = Task.CompletedTask;

    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        try
        {
            await services.BusOf(name).FirstAttempt.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (AmqpException e) when (e is not AccessRefusedException && !services.OptionsOf(name).FailFast)
        {
            Log.WaitsForBroker(_log, e.Message);
        }
    }

    public async Task StartedAsync(CancellationToken cancellationToken)
    {
        var bus = services.BusOf(name);
        if (bus.IsConnected)
            await ServeAllAsync(bus, cancellationToken).ConfigureAwait(false); // What the broker refuses now is the start's failure.
        else
            _starting = ServeLaterAsync(bus);
    }

    public async Task StoppingAsync(CancellationToken cancellationToken)
    {
        await _stopping.CancelAsync().ConfigureAwait(false);
        await _starting.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await Task.WhenAll(_running.All.Select(server => server.StopAsync(cancellationToken: cancellationToken))).ConfigureAwait(false);
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    private async Task ServeAllAsync(Bus bus, CancellationToken cancellationToken)
    {
        foreach (var contract in served.All)
            await ServeAsync(bus, contract, cancellationToken).ConfigureAwait(false);
    }

    private Task ServeLaterAsync(Bus bus) => Task.WhenAll(served.All.Select(contract => ServeLaterAsync(bus, contract)));

    // The application runs already: what cannot be served is told, and tried again. No contract waits for another, which may be refused for ever.
    private async Task ServeLaterAsync(Bus bus, ServedContract contract)
    {
        for (var attempt = 0; ; attempt++)
        {
            try
            {
                await ServeAsync(bus, contract, _stopping.Token).ConfigureAwait(false);
                return;
            }
            catch (Exception e) when (!_stopping.IsCancellationRequested)
            {
                var delay = bus.Options.Reconnect.DelayBefore(attempt, Random.Shared.NextDouble());
                Log.NotServed(_log, e, contract.Address, delay.TotalMilliseconds);
                await Task.Delay(delay, _stopping.Token).ConfigureAwait(false);
            }
        }
    }

    private async Task ServeAsync(Bus bus, ServedContract contract, CancellationToken cancellationToken)
    {
        var options = services.OptionsOf(name).ServeWith(contract.Configure);
        _running.Started(contract, await contract.ServeAsync(bus, services, options, cancellationToken).ConfigureAwait(false));
        Log.Serves(_log, contract.Address);
    }
}
