using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using Microsoft.Extensions.Logging;

namespace Warren.Tests.Calls.Server;

/// <summary>A contract whose service does what the test says.</summary>
[RpcContract]
public interface IWorkshop
{
    Task<int> Work(int n, CancellationToken cancellationToken = default);

    [Raises<Broken>]
    Task<int> Break(string? part, CancellationToken cancellationToken = default);

    IAsyncEnumerable<int> Items(int count, CancellationToken cancellationToken = default);
}

public sealed record Broken(string Part);

internal sealed class Workshop : IWorkshop
{
    private int _runs;

    public Func<int, CancellationToken, Task<int>> OnWork { get; set; } = (n, _) => Task.FromResult(n);

    public Func<int, CancellationToken, Task<int>> OnItem { get; set; } = (n, _) => Task.FromResult(n);

    /// <summary>How often work was begun.</summary>
    public int Runs => _runs;

    public Task<int> Work(int n, CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref _runs);
        return OnWork(n, cancellationToken);
    }

    public Task<int> Break(string? part, CancellationToken cancellationToken) => throw new RpcFaultException<Broken>(new Broken(part!), "it is broken");

    public async IAsyncEnumerable<int> Items(int count, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        for (var i = 0; i < count; i++)
            yield return await OnItem(i, cancellationToken);
    }
}

/// <summary>Remembers what was logged.</summary>
internal sealed class LogNotes : ILoggerFactory, ILogger
{
    private readonly ConcurrentQueue<(LogLevel Level, string Text, Exception? Failure)> _lines = new();

    public IEnumerable<(LogLevel Level, string Text, Exception? Failure)> Lines => _lines;

    public ILogger CreateLogger(string categoryName) => this;

    public void AddProvider(ILoggerProvider provider) => throw new NotSupportedException();

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
        _lines.Enqueue((logLevel, formatter(state, exception), exception));

    public void Dispose()
    {
    }
}
