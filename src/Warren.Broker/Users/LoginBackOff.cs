using System.Net;

namespace Warren.Broker;

/// <summary>
/// Slows down whoever guesses passwords: an address from which ten logins were refused within a minute has its next ones checked one a second, right or
/// wrong, and those that would wait too long are refused unseen. The minutes are the same for all. Owned by the turn.
/// </summary>
internal sealed class LoginBackOff
{
    private const int FreeFailures = 10;
    private const int WindowMs = 60_000;
    private const int SpacingMs = 1000;
    private const int MaxWaitMs = 5000; // Handshakes end after ten seconds.

    private readonly Dictionary<IPAddress, Account> _accounts = [];
    private long _windowEndsMs;

    /// <summary>When a login from this address may be checked.</summary>
    /// <returns>Now or later; null when it is to be refused.</returns>
    public long? StartMs(IPEndPoint? remote, long nowMs)
    {
        Turn(nowMs);
        if (remote is null || !_accounts.TryGetValue(Origin(remote.Address), out var account) || account.Failures < FreeFailures)
            return nowMs;
        var startMs = Math.Max(nowMs, account.LastStartMs) + SpacingMs;
        if (startMs - nowMs > MaxWaitMs)
            return null;
        account.LastStartMs = startMs;
        return startMs;
    }

    /// <summary>A login from this address was refused.</summary>
    public void CountFailure(IPEndPoint? remote, long nowMs)
    {
        Turn(nowMs);
        if (remote is null)
            return;
        var origin = Origin(remote.Address);
        if (!_accounts.TryGetValue(origin, out var account))
            _accounts.Add(origin, account = new Account()); // As many in a minute as can be hashed; then they are forgotten.
        account.Failures++;
    }

    private void Turn(long nowMs)
    {
        if (nowMs < _windowEndsMs)
            return;
        _windowEndsMs = nowMs + WindowMs;
        _accounts.Clear();
    }

    // Who has an IPv6 address has 2^64 of them.
    private static IPAddress Origin(IPAddress address)
    {
        if (address.IsIPv4MappedToIPv6)
            return address.MapToIPv4();
        if (address.AddressFamily != System.Net.Sockets.AddressFamily.InterNetworkV6)
            return address;
        var octets = address.GetAddressBytes();
        octets.AsSpan(8).Clear();
        return new IPAddress(octets);
    }

    private sealed class Account
    {
        public int Failures { get; set; }

        public long LastStartMs { get; set; }
    }
}
