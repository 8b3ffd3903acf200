namespace Warren.Engine;

/// <summary>The channels that owe their publishers a confirm at the end of the batch.</summary>
internal sealed class PendingConfirms
{
    private readonly List<ConfirmLedger> _ledgers = [];

    public void Add(ConfirmLedger ledger)
    {
        if (ledger.IsPending)
            return;
        ledger.IsPending = true;
        _ledgers.Add(ledger);
    }

    public void Write()
    {
        foreach (var ledger in _ledgers)
        {
            ledger.IsPending = false;
            ledger.Write();
        }
        _ledgers.Clear();
    }
}
