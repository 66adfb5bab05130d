"""Language models behind one interface: chats in, answers, log-likelihoods and costs out."""
