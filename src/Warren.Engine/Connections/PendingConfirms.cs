namespace Warren.Engine;

/// <summary>The channels that owe their publishers a confirm at the end of the batch.</summary>
internal sealed class PendingConfirms
{
    private readonly Queue<ConfirmLedger> _ledgers = new();

    public void Add(ConfirmLedger ledger)
    {
        if (ledger.IsPending)
            return;
        ledger.IsPending = true;
        _ledgers.Enqueue(ledger);
    }

    public void Write()
    {
        while (_ledgers.TryDequeue(out var ledger))
        {
            ledger.IsPending = false;
            ledger.Write();
        }
    }
}
