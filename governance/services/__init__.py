"""Operations of governance; each module covers one step of the life of an election or a board."""
