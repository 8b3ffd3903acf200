using Warren.Testing;
using Warren.Tests.Testing;

namespace Warren.Tests.Calls;

[RpcContract]
public interface IPatient
{
    Task Wait(CancellationToken cancellationToken = default);
}

[Collection(nameof(AloneCollection))]
public sealed class SafeCancelTests
{
    [Theory]
    [InlineData(CallMode.Fast)]
    [InlineData(CallMode.Safe)]
    public async Task Cancelling_a_contracts_call_reaches_its_handler(CallMode mode)
    {
        await using var broker = await TestBroker.StartAsync();
        await using var serving = await broker.ConnectAsync("server");
        await using var bus = await broker.ConnectAsync("client");
        var service = new Patient();
        await using var server = await serving.ServeAsync<IPatient>(service);
        using var cancellation = new CancellationTokenSource();

        var call = bus.Client<IPatient>(new CallOptions { Mode = mode }).Wait(cancellation.Token);
        await service.Started.Task;
        await cancellation.CancelAsync();
        for (var i = 0; i < 100 && !service.WasCancelled; i++)
            await broker.SettleAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call);
        Assert.True(service.WasCancelled);
        Assert.Equal(1, serving.Statistics.CancelsReceived);
    }

    private sealed class Patient : IPatient
    {
        public TaskCompletionSource Started { get; } = new();

        public bool WasCancelled { get; private set; }

        public async Task Wait(CancellationToken cancellationToken)
        {
            var never = new TaskCompletionSource();
            await using var registration = cancellationToken.Register(() =>
            {
                WasCancelled = true;
                never.TrySetCanceled(cancellationToken);
            });
            Started.SetResult();
            await never.Task;
        }
    }
}
