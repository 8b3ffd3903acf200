using Microsoft.Extensions.Logging;

namespace Warren.Cli.Running;

/// <summary>Warnings and errors as lines on standard error: a server that lost its connection should say so. No stack traces.</summary>
/// <param name="error">Standard error.</param>
/// <param name="isWanted">Which events; null for all.</param>
/// <param name="least">From which level on.</param>
internal sealed class WarningLog(TextWriter error, Func<EventId, bool>? isWanted = null, LogLevel least = LogLevel.Warning) : ILoggerFactory, ILogger
{
    private volatile bool _isOpen;

    /// <summary>From now on.</summary>
    public void Open() => _isOpen = true;

    public ILogger CreateLogger(string categoryName) => this;

    public void AddProvider(ILoggerProvider provider)
    {
        // There is one way out, which is enough.
    }

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => _isOpen && logLevel >= least && logLevel != LogLevel.None;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        if (!IsEnabled(logLevel) || isWanted?.Invoke(eventId) == false)
            return;
        var cause = exception is null ? "" : $": {exception.Message}";
        lock (error)
            error.WriteLine($"warren: {OneLine.Of(formatter(state, exception) + cause)}");
    }

    public void Dispose()
    {
        // The writer is the process's.
    }
}
