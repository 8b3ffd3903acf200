namespace Warren.Broker;

/// <summary>
/// Checks logins. A password that was right before is recognized at once. For all others, of known users and unknown ones, right and wrong, one slow hash
/// is made, so that the time tells nothing; outside of the turn, by a few threads, while nothing is read from the client.
/// </summary>
internal sealed class Logins
{
    private readonly BrokerTurn _turn;
    private readonly UserBook _users;
    private readonly LoginBackOff _backOff = new();
    private readonly LoginWorkers? _workers; // Null when the thread that reads also hashes.
    private readonly int _rounds;
    private readonly PasswordHash _nobodys;
    private long _slowHashes;

    /// <param name="turn">Where the answers go.</param>
    /// <param name="users">Who may log in.</param>
    /// <param name="threads">How many threads hash; 0 for none, where nobody waits for threads, as with a driven clock.</param>
    /// <param name="rounds">The rounds of new hashes.</param>
    public Logins(BrokerTurn turn, UserBook users, int threads, int rounds)
    {
        (_turn, _users, _rounds) = (turn, users, rounds);
        _nobodys = PasswordHash.Decoy(rounds);
        if (threads > 0)
            _workers = new LoginWorkers(threads, CheckElsewhere);
    }

    /// <summary>How many slow hashes were made, for tests.</summary>
    public long SlowHashes => Volatile.Read(ref _slowHashes);

    /// <summary>Somebody wants to log in. The answer goes to the client's <see cref="Handshake"/>, before or after this returns. Inside the turn.</summary>
    public void Begin(LoginAttempt attempt)
    {
        if (Admit(attempt) is not { } question)
            return;
        if (_workers is null)
        {
            Finish(attempt, question, Answer(question, attempt.Password));
            return;
        }
        PeerFlow.Pause(attempt.Peer, Pauses.Login);
        _workers.Add(attempt);
    }

    /// <summary>
    /// Somebody who needs no password, because a certificate says who it is: there only has to be such a user. Nothing can be guessed here, so nobody is slowed
    /// down. The answer is known when this returns. Inside the turn.
    /// </summary>
    public void BeginVouchedFor(LoginAttempt attempt)
    {
        if (FindUser(attempt) is { } user)
            Accept(attempt, user);
        else
            attempt.Peer.Handshake!.LoginRefused(attempt);
    }

    /// <summary>A part of a second has passed: whoever had to wait may be checked now. Inside the turn.</summary>
    public void Continue(LoginAttempt attempt)
    {
        if (_turn.NowMs < attempt.StartMs)
            return;
        (attempt.StartMs, attempt.HasWaited) = (long.MaxValue, true);
        Begin(attempt);
    }

    // Null when the answer is known, or has to wait.
    private Question? Admit(LoginAttempt attempt)
    {
        var startMs = attempt.HasWaited ? _turn.NowMs : _backOff.StartMs(attempt.Peer.Remote, _turn.NowMs);
        if (startMs is null)
        {
            Refuse(attempt);
        }
        else if (startMs > _turn.NowMs)
        {
            attempt.StartMs = startMs.Value;
            PeerFlow.Pause(attempt.Peer, Pauses.Login);
        }
        else
        {
            if (FindUser(attempt) is { } user && user.Recalls(attempt.Password))
                Accept(attempt, user);
            else
                return new Question(FindUser(attempt), FindUser(attempt)?.Account.PasswordHash);
        }
        return null;
    }

    // Whoever may log in on this machine only is nobody on another.
    private UserEntry? FindUser(LoginAttempt attempt) =>
        _users.Find(attempt.User) is { } user && (attempt.Peer.IsLoopback || !user.Account.LoopbackOnly) ? user : null;

    // On a thread of the workers.
    private void CheckElsewhere(LoginAttempt attempt)
    {
        try
        {
            // Meanwhile another may have been refused from the same address, or logged in with the same password.
            var question = _turn.Do(() => attempt.Peer.State == PeerState.Handshaking ? Admit(attempt) : null);
            if (question is null)
                return;
            var answer = Answer(question.Value, attempt.Password);
            _turn.Do(() =>
            {
                Finish(attempt, question.Value, answer);
                return true;
            });
        }
        catch (Exception e)
        {
            _turn.Fail(attempt.Peer, e);
        }
    }

    private PasswordHash? Answer(Question question, ReadOnlySpan<byte> password)
    {
        Interlocked.Increment(ref _slowHashes);
        if (question.Hash is null or { IsSlow: true })
        {
            var isRight = (question.Hash ?? _nobodys).Matches(password);
            return isRight && !password.IsEmpty ? question.Hash : null;
        }

        // A hash that was imported is replaced by one that is harder to guess against.
        var replacement = PasswordHash.Of(password, _rounds);
        return question.Hash.Matches(password) && !password.IsEmpty ? replacement : null;
    }

    private void Finish(LoginAttempt attempt, Question question, PasswordHash? right)
    {
        var user = FindUser(attempt);
        if (right is not null && user is not null && user == question.User && user.Account.PasswordHash == question.Hash)
        {
            user.Rehash(right);
            attempt.Peer.Turn.Durability?.DefinitionsChanged();
            user.Remember(attempt.Password);
            Accept(attempt, user);
        }
        else
        {
            Refuse(attempt);
        }
    }

    private static void Accept(LoginAttempt attempt, UserEntry user)
    {
        attempt.Wipe();
        if (attempt.Peer.State != PeerState.Handshaking)
            return;
        attempt.Peer.Handshake!.LoggedIn(attempt, user);
        PeerFlow.Resume(attempt.Peer, Pauses.Login);
    }

    private void Refuse(LoginAttempt attempt)
    {
        attempt.Wipe();
        _backOff.CountFailure(attempt.Peer.Remote, _turn.NowMs);
        if (attempt.Peer.State != PeerState.Handshaking)
            return;
        attempt.Peer.Handshake!.LoginRefused(attempt);
        PeerFlow.Resume(attempt.Peer, Pauses.Login);
    }

    // Whose password is asked for, if anybody's, and the hash of it at that time.
    private readonly record struct Question(UserEntry? User, PasswordHash? Hash);
}
