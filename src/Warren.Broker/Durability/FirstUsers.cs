namespace Warren.Broker;

/// <summary>
/// Who may log in from the start where users are kept: guest on the first start only, as with RabbitMQ, so that a guest who was deleted stays deleted; users whom the options name
/// at every start, with the password that stands there.
/// </summary>
internal static class FirstUsers
{
    /// <summary>Inside the turn, before anybody connects: hashing takes some tenths of a second.</summary>
    public static void Start(BrokerTurn turn, BrokerOptions options, bool areKept)
    {
        if (areKept && options.HasDefaultUsers)
            return;
        foreach (var user in options.FirstUsers)
        {
            var entry = turn.Users.Start(user);
            if (turn.VirtualHosts.Find(VirtualHosts.Default) is null)
                entry.Forget(VirtualHosts.Default);
            if (user.Password.Length > 0)
                entry.Rehash(PasswordHash.Of(System.Text.Encoding.UTF8.GetBytes(user.Password), options.PasswordRounds)); // Only the hash is kept.
        }
    }
}
