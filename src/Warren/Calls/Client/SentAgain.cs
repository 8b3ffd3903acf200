using System.Collections.Concurrent;

namespace Warren;

/// <summary>
/// Safe requests that are on their way once more, and whether the broker had no queue for them. Then their queue was lost with its broker, after it had taken them:
/// it comes back with its server, and they wait for that.
/// </summary>
internal sealed class SentAgain
{
    private readonly ConcurrentDictionary<CorrelationId, bool> _returned = new();

    /// <summary>About to be sent once more.</summary>
    public void Expect(CorrelationId id) => _returned[id] = false;

    /// <summary>The broker had no queue for it; false when it was not sent before.</summary>
    public bool TryNote(CorrelationId id) => _returned.ContainsKey(id) && (_returned.TryUpdate(id, true, false) || _returned.ContainsKey(id));

    /// <summary>The broker has said what became of it; true when there was no queue.</summary>
    public bool CameBack(CorrelationId id) => _returned.TryRemove(id, out var returned) && returned;
}
