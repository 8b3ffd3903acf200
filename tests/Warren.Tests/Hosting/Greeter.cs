using System.Runtime.CompilerServices;
using Warren.Amqp;

namespace Warren.Tests.Hosting;

[RpcContract]
public interface IGreeter
{
    Task<string> Greet(string name, CancellationToken cancellationToken);

    Task<int> Unit(CancellationToken cancellationToken);

    IAsyncEnumerable<int> Count(int many, CancellationToken cancellationToken);
}

internal sealed class Greeter(Unit unit) : IGreeter
{
    public Task<string> Greet(string name, CancellationToken cancellationToken) => Task.FromResult($"Hello, {name}");

    public Task<int> Unit(CancellationToken cancellationToken) => Task.FromResult(unit.Number);

    public async IAsyncEnumerable<int> Count(int many, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        for (var i = 0; i < many; i++)
        {
            await Task.Yield();
            unit.ThrowIfDead();
            yield return i;
        }
    }
}

/// <summary>What a service needs for one request, such as a database's connection.</summary>
internal sealed class Unit : IAsyncDisposable
{
    private readonly Births _births;
    private bool _isDead;

    public Unit(Births births)
    {
        _births = births;
        Number = Interlocked.Increment(ref births.Born);
    }

    public int Number { get; }

    public void ThrowIfDead() => ObjectDisposedException.ThrowIf(_isDead, this);

    public async ValueTask DisposeAsync()
    {
        await Task.Yield();
        _isDead = true;
        Interlocked.Increment(ref _births.Died);
    }
}

internal sealed class Births
{
    public int Born;
    public int Died;
}

[RpcContract]
public interface IOther
{
    Task<int> Same(int n, CancellationToken cancellationToken);

    Task<string> Wait(CancellationToken cancellationToken);
}

internal sealed class Other(IServiceProvider services) : IOther
{
    public Task<int> Same(int n, CancellationToken cancellationToken) => Task.FromResult(n);

    public async Task<string> Wait(CancellationToken cancellationToken)
    {
        var gate = (Gate)services.GetService(typeof(Gate))!;
        gate.Entered.TrySetResult();
        await gate.Release.Task.WaitAsync(cancellationToken);
        return "finished";
    }
}

internal sealed class Gate
{
    public TaskCompletionSource Entered { get; } = new();

    public TaskCompletionSource Release { get; } = new();
}

/// <summary>A broker that is not there at first.</summary>
internal sealed class LateBroker(IInProcessBroker broker) : IInProcessBroker
{
    private int _refused;

    public bool IsUp { get; set; }

    public int Refused => Volatile.Read(ref _refused);

    public IOctetPipe Connect(IOctetSink sink)
    {
        if (IsUp)
            return broker.Connect(sink);
        Interlocked.Increment(ref _refused);
        sink.Closed();
        return new Nowhere();
    }

    private sealed class Nowhere : IOctetPipe
    {
        public void Write(ReadOnlySpan<byte> octets)
        {
        }

        public void Close()
        {
        }
    }
}
